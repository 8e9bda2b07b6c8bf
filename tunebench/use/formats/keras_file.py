"""Keras' own file, which any back end of Keras loads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunebench import backbones
from tunebench.use.formats.base import Format, Images, Predict, Probabilities


def _write(model: Any, path: Path, metadata: Mapping[str, str]) -> None:
    del metadata  # The file has no place for it.
    model.save(path)


def _open(path: Path) -> Predict:
    import keras  # noqa: PLC0415 (seconds)

    backbones.register_layers()
    model = keras.saving.load_model(path, compile=False, safe_mode=True)

    def predict(images: Images) -> Probabilities:
        return np.asarray(model.predict_on_batch(images), dtype=np.float32)

    return predict


FORMAT = Format(name="keras", title="Keras", suffix=".keras", on_tensorflow=False, write=_write, open=_open)
