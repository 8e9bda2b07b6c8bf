"""ONNX, for ONNX Runtime and the many programs that read it."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunebench.use.formats.base import Format, Images, Predict, Probabilities


def _write(model: Any, path: Path, metadata: Mapping[str, str]) -> None:
    import onnx  # noqa: PLC0415 (an extra)

    with warnings.catch_warnings():
        # Keras' adapter looks for np.object.
        warnings.simplefilter("ignore", FutureWarning)
        model.export(str(path), format="onnx", verbose=False)
    # The file and its data are one file up to 2 GB, far above an image model's size.
    written = onnx.load(path)
    onnx.helper.set_model_props(written, dict(metadata))
    onnx.save(written, path)


def _open(path: Path) -> Predict:
    import onnxruntime  # noqa: PLC0415 (an extra)

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (images_name,) = (each.name for each in session.get_inputs())

    def predict(images: Images) -> Probabilities:
        (probabilities,) = session.run(None, {images_name: images})
        return np.asarray(probabilities, dtype=np.float32)

    return predict


FORMAT = Format(
    name="onnx",
    title="ONNX",
    suffix=".onnx",
    runtime=("onnxruntime",),
    converters=("onnx", "tf2onnx"),
    write=_write,
    open=_open,
)
