"""A small run on a user's own images, and what its models predict."""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

import tunebench
from tests.datasets.photographs import write_class
from tests.eager import call
from tests.small import UNTRACED_SPACE, write_space
from tunebench.datasets.decoding import decode
from tunebench.runs import Run, run_folder

SIZE = (12, 16)
CLASSES = ("cats", "dogs")


def train_photos(folder: Path, source: str = UNTRACED_SPACE, seeds: int = 2) -> Run:
    """Train on two classes in ``folder/photos``, padded to 12×16 pixels (height × width)."""
    for place, name in enumerate(CLASSES):
        write_class(folder / "photos" / name, 10, 100 * place)
    return tunebench.train(
        write_space(folder, source),
        dataset=folder / "photos",
        image_size="12x16",
        resize="pad",
        epochs=1,
        seeds=seeds,
        runs_dir=folder / "runs",
    )


def expected(run: Run, paths: list[Path], seed: int = 0) -> NDArray[np.float32]:
    """The probabilities of image files, from the saved model itself."""
    pixels = [decode(path.read_bytes(), path.name, SIZE, "pad").pixels for path in paths]
    model = keras.saving.load_model(run_folder.model(run.folder, seed), compile=False)
    return np.asarray(call(model, np.stack(pixels)))
