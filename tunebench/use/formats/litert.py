"""LiteRT, formerly TensorFlow Lite, for telephones and small devices."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunebench.errors import ExportError
from tunebench.use.formats.base import Format, Images, Predict, Probabilities


def _write(model: Any, path: Path, metadata: Mapping[str, str]) -> None:
    del metadata  # Only a further package could write it.
    model.export(str(path), format="litert", verbose=False)


def _open(path: Path) -> Predict:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 (an extra)

    interpreter = Interpreter(model_path=str(path))
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    _allocate(interpreter)

    def predict(images: Images) -> Probabilities:
        if tuple(interpreter.get_input_details()[0]["shape"]) != images.shape:
            interpreter.resize_tensor_input(source["index"], images.shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(source["index"], images)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(target["index"]), dtype=np.float32)

    return predict


def _allocate(interpreter: Any) -> None:
    try:
        interpreter.allocate_tensors()
    except RuntimeError as error:
        # TensorFlow's own operations need another runtime, the Flex delegate.
        if missing := re.search(r"Flex(\w+)", str(error)):
            raise ExportError(
                f"LiteRT lacks the model's operation {missing[1]}. Choose another "
                "--format, or a model without it."
            ) from error
        raise


FORMAT = Format(
    name="litert",
    title="LiteRT",
    suffix=".tflite",
    runtime=("ai_edge_litert",),
    # Keras converts with TensorFlow.
    converters=("tensorflow",),
    write=_write,
    open=_open,
)
