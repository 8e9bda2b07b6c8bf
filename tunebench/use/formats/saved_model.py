"""TensorFlow's SavedModel: a folder, for TensorFlow Serving and everything that reads TensorFlow's models."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunebench.backbones.saved_model import SavedModelFiles
from tunebench.use.formats.base import Format, Images, Predict, Probabilities


def _write(model: Any, path: Path, metadata: Mapping[str, str]) -> None:
    import keras  # noqa: PLC0415 (seconds)

    del metadata  # The folder has no place for it.
    # Without archive.track(model), which would write every weight twice, as model.export() does.
    archive = keras.export.ExportArchive()
    images = keras.InputSpec(shape=model.input_shape, dtype="uint8", name="images")
    archive.add_endpoint("serve", lambda batch: model(batch, training=False), [images])
    archive.write_out(str(path), verbose=False)


def _open(path: Path) -> Predict:
    import tensorflow as tf  # noqa: PLC0415 (seconds)

    # A SavedModel is a program: TensorFlow gets a copy of what was checked.
    checked = SavedModelFiles.read(path).checked()
    with tempfile.TemporaryDirectory(prefix="tunebench-") as folder:
        checked.write(Path(folder))
        loaded = tf.saved_model.load(folder)

    def predict(images: Images) -> Probabilities:
        return np.asarray(loaded.serve(images), dtype=np.float32)

    return predict


FORMAT = Format(
    name="saved_model",
    title="SavedModel",
    suffix="",
    runtime=("tensorflow",),
    write=_write,
    open=_open,
)
