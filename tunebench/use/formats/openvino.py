"""OpenVINO's IR, for Intel's processors: an ``.xml`` file and its weights in a ``.bin`` file."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunebench.use.formats.base import Format, Images, Predict, Probabilities


def _write(model: Any, path: Path, metadata: Mapping[str, str]) -> None:
    openvino = _import()
    with tempfile.TemporaryDirectory(prefix="tunebench-") as folder:
        plain = str(Path(folder) / "plain.xml")
        model.export(plain, format="openvino", verbose=False)
        written = openvino.Core().read_model(plain)
        for name, text in metadata.items():
            written.set_rt_info(text, ["model_info", name])
        openvino.save_model(written, str(path), compress_to_fp16=False)
        # It reads the weights of the plain file until now.
        del written


def _open(path: Path) -> Predict:
    openvino = _import()
    # Some processors would compute in bfloat16.
    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def predict(images: Images) -> Probabilities:
        return np.array(compiled(images)[0], dtype=np.float32)

    return predict


def _import() -> Any:
    """OpenVINO, which otherwise reports each import and conversion to Google Analytics without asking."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type] # as the import system documents
    import openvino  # noqa: PLC0415 (an extra)

    return openvino


FORMAT = Format(
    name="openvino",
    title="OpenVINO",
    suffix=".xml",
    companions=(".bin",),
    runtime=("openvino",),
    write=_write,
    open=_open,
)
