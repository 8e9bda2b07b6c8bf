"""The programs of ``docs/export.md`` run, and give what the Keras model gives."""

import re
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from tests.eager import call
from tests.use.test_export_parts import describe
from tunebench.errors import ExportError
from tunebench.use import formats
from tunebench.use.inference_model import from_raw_images

MANUAL = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", MANUAL, flags=re.DOTALL)
# The file that each format's program opens.
FILES = {name: f"cnn3-0{formats.find(name).suffix or '-saved_model'}" for name in formats.NAMES}


@pytest.mark.parametrize("name", formats.NAMES)
def test_the_program_of_each_format_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the program that reads a photograph; so does tunebench's own for every format."""
    found = formats.find(name)
    try:
        found.require(to_write=True)
    except ExportError as error:
        pytest.skip(str(error))
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save("photograph.jpg")
    layers = [keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    model = from_raw_images(keras.Sequential(layers))
    found.write(model, Path(FILES[name]), {"class_names": '["cat", "dog"]'})
    describe(tmp_path / FILES[name], name, image_shape=(32, 32, 3))
    photograph, ours, *others = PROGRAMS
    (theirs,) = (program for program in others if f'"{FILES[name]}"' in program)
    for program in (ours.replace("cnn3-0.onnx", FILES[name]), theirs):
        values: dict[str, Any] = {}
        exec(compile(photograph + program, "docs/export.md", "exec"), values)  # noqa: S102 (the manual's own)
        assert np.allclose(values["probabilities"], call(model, values["images"]), atol=1e-5)
        assert values.get("class_names", ["cat", "dog"]) == ["cat", "dog"]
    assert "openvino_telemetry" not in sys.modules or sys.modules["openvino_telemetry"] is None
