"""Predict the classes of image files, one batch after the other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebench.datasets.listing import LeftOut
from tunebench.datasets.summary import shown
from tunebench.errors import DamagedDataError, TrainingError
from tunebench.progress import Progress, SilentProgress, plural
from tunebench.use.image_paths import FoundImages, ImagePath, find_images
from tunebench.use.predictor import Predictor
from tunebench.use.reading import Batch, read_batches
from tunebench.use.score import Score

_NOT_AN_IMAGE = "is not an image"


@dataclass(frozen=True, eq=False)
class Prediction:
    """The probabilities of an image.

    Attributes:
        file: Its path, as it was given; below a folder, with the folder's path in front.
        probabilities: ``float32`` of shape ``(classes,)``, from 0 to 1.
        class_names: In the order of the probabilities.
        label: The class whose folder the image is in; ``None`` if it is in none.
    """

    file: str
    probabilities: NDArray[np.float32]
    class_names: tuple[str, ...] = field(repr=False)
    label: str | None = None

    def top(self, number: int = 1) -> list[tuple[str, float]]:
        """The most probable classes with their probabilities, the most probable first.

        Args:
            number: How many; if there are fewer classes, all.
        """
        order = np.argsort(-self.probabilities, kind="stable")[:number]
        return [(self.class_names[place], float(self.probabilities[place])) for place in order.tolist()]


@dataclass(eq=False)
class Predictions:
    """The predictions of image files, made while one iterates over them.

    Attributes:
        number: Images predicted so far.
        skipped: Files that cannot be used, and why, as far as they are known.
        ignored: Files in folders that are no images by their names, by kind, likewise.
        score: Of the images in folders that have the names of classes; ``None`` if there are none.
    """

    _predictor: Predictor
    _found: FoundImages
    _named: list[str]
    _strict: bool
    _progress: Progress
    number: int = 0
    skipped: list[LeftOut] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    score: Score | None = None

    def __iter__(self) -> Iterator[Prediction]:
        """Predict, batch by batch.

        Yields:
            The prediction of each image, in the order of the paths; those of a folder by name.

        Raises:
            DamagedDataError: No file is an image; or one cannot be used and ``strict`` was asked for.
            TrainingError: The model does not give probabilities.
        """
        self.number, self.skipped, self.ignored = 0, [], Counter(self._found.ignored)
        self.score = Score(self._predictor.class_names)
        size, resize, done = self._predictor.image_shape[:2], self._predictor.resize, 0
        for each in self._found.skipped:
            self._skip(each)
        try:
            for batch in read_batches(self._found.files, size, resize):
                for file, reason in batch.failed:
                    self._fail(file, reason)
                yield from self._predict(batch)
                done += len(batch.files) + len(batch.failed)
                self._progress.images(done, len(self._found.files))
        finally:
            self._progress.end()
        if not sum(self.score.images):
            self.score = None
        if not self.number:
            raise DamagedDataError(f"{self._why_none()} Expected image files, or folders that hold some.")

    def _predict(self, batch: Batch) -> Iterator[Prediction]:
        if not batch.files:
            return
        names = self._predictor.class_names
        probabilities = _checked(self._predictor.probabilities(batch.pixels), (len(batch.files), len(names)))
        predicted = probabilities.argmax(axis=1).tolist()
        for file, row, best in zip(batch.files, probabilities, predicted, strict=True):
            self.number += 1
            if file.label is not None and self.score is not None:
                self.score.add(file.label, best)
            yield Prediction(file.path, row, names, None if file.label is None else names[file.label])

    def _fail(self, file: ImagePath, reason: str) -> None:
        if reason == _NOT_AN_IMAGE and not file.expected:
            self.ignored[f"{shown(Path(file.path).suffix.lower()) or 'nameless'} files"] += 1
        else:
            self._skip(LeftOut(file.path, reason))

    def _skip(self, each: LeftOut) -> None:
        if self._strict:
            raise DamagedDataError(f"{_named(each)}. Fix or remove it, or leave out --strict to skip it.")
        self.skipped.append(each)
        self._progress.note(f"Skipped: {_named(each)}.")

    def _why_none(self) -> str:
        if self.skipped:
            more = len(self.skipped) - 1
            others = f", and {more:,} more" if more else ""
            # Otherwise the reasons are shown already.
            silent = isinstance(self._progress, SilentProgress)
            why = f"{_named(self.skipped[0])}{others}" if silent else f"{plural(more + 1, 'file')} skipped"
            return f"No image can be predicted ({why})."
        more = len(self._named) - 1
        others = f" and {more:,} more" if more else ""
        return f"There is no image in {shown(self._named[0])}{others}."


def predict_files(
    predictor: Predictor, paths: Sequence[str], *, strict: bool, progress: Progress
) -> Predictions:
    """Predict the files that paths lead to.

    Args:
        predictor: What predicts.
        paths: Files, and folders, which are read at any depth.
        strict: Whether a file that cannot be used is an error; else it is skipped.
        progress: Receives the number of images done, and a note about each file that is skipped.

    Returns:
        The predictions, to be iterated over; nothing has been decoded yet.
    """
    found = find_images(paths, predictor.class_names)
    return Predictions(predictor, found, list(paths), strict, progress)


def _named(each: LeftOut) -> str:
    """A file and why it is not used; an empty path is visible."""
    return f"{shown(each.file) or repr('')} {each.reason}"


def _checked(probabilities: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    if probabilities.shape != shape or not np.isfinite(probabilities).all():
        raise TrainingError(
            f"The model gave values of shape {probabilities.shape}, or some that are not finite. Expected "
            f"probabilities of shape {shape}; train it again."
        )
    return probabilities
