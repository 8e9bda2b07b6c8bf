"""An exported model: the record beside it, and how it is opened and run.

A file may come from anywhere: none is unpickled, a SavedModel's graph is checked before it is loaded, and a
``.keras`` file is loaded in Keras' safe mode.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
import numpy as np

from tunebench.data_options import Resize
from tunebench.errors import ExportError, TunebenchError
from tunebench.home import expand
from tunebench.option_kinds import MOST_SIDE
from tunebench.record_json import from_json
from tunebench.records import Count, Positive, Proportion, Seconds, Whole
from tunebench.runtime import import_keras, quiet_start
from tunebench.use import formats
from tunebench.use.formats import Format
from tunebench.use.formats.base import Images, Predict, Probabilities

FORMAT_VERSION = 1
# Images that are computed at once.
BATCH = 32
_LONGEST_REASON = 300


# Pixels, as for --image-size, and channels; a larger one would fill the memory.
Side = Annotated[int, msgspec.Meta(ge=1, le=MOST_SIDE)]


@dataclass(frozen=True, kw_only=True)
class AgreementRecord:
    """The comparison of an artefact with the Keras model that it was made from, on the same images.

    Attributes:
        images: Which images, in words.
        count: How many.
        largest_difference: Of a probability.
        tolerance: Above it, the export would have failed.
        same_class: The number of images for which both predict the same class.
        seconds_per_image: Of the artefact: the median of batches of ``BATCH``, after a warm-up.
        keras_seconds_per_image: Of the Keras model, likewise.
        difference_from_trained: Of a probability, between the Keras model, which computes in float32, and the
            one that was trained; 0 if that is the same.
    """

    images: str
    count: Positive
    largest_difference: Proportion
    tolerance: Proportion
    same_class: Count
    seconds_per_image: Seconds
    keras_seconds_per_image: Seconds
    difference_from_trained: Proportion = 0.0


@dataclass(frozen=True, kw_only=True)
class ArtefactRecord:
    """The JSON beside an artefact.

    Attributes:
        format_version: Of this record.
        format: One of ``tunebench.use.formats.NAMES``.
        takes: The input, in words.
        gives: The output, in words.
        class_names: In the order of the probabilities.
        image_shape: ``(height, width, channels)``.
        resize: How an image of another size was brought to this one before training, and has to be.
        run: The name of the run.
        dataset: The name of its data set.
        space: The name of its space.
        seed: Of the final training.
        test_accuracy: Of that model, on the run's test images.
        trained_in: Keras' dtype policy of the training.
        agreement: With the Keras model.
        versions: Of the packages that wrote it.
        sha256: Of the artefact; see :meth:`tunebench.use.formats.Format.sha256`.
        exported_at: Local time with offset, ISO 8601.
    """

    format_version: int = FORMAT_VERSION
    format: Literal["keras", "saved_model", "onnx", "litert", "openvino"]
    takes: str
    gives: str
    class_names: Annotated[list[str], msgspec.Meta(min_length=1)]
    image_shape: tuple[Side, Side, Side]
    resize: Resize
    run: str
    dataset: str
    space: str
    seed: Whole
    test_accuracy: Proportion
    trained_in: str
    agreement: AgreementRecord | None = None
    versions: dict[str, str] = field(default_factory=dict)
    sha256: str
    exported_at: str


@dataclass(frozen=True, eq=False)
class Artefact:
    """An exported model that is ready to predict.

    Attributes:
        path: Its file or folder.
        record: The JSON beside it.
        predict: Computes one batch.
    """

    path: Path
    record: ArtefactRecord
    predict: Predict

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the probabilities."""
        return tuple(self.record.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(height, width, channels)`` of the images that it takes."""
        return self.record.image_shape

    @property
    def resize(self) -> Resize:
        """How images of another size are brought to this one: ``crop``, ``pad`` or ``stretch``."""
        return self.record.resize

    def probabilities(self, images: Images) -> Probabilities:
        """Predict images, ``BATCH`` at a time.

        Args:
            images: ``uint8`` of shape ``(n, *image_shape)``, from 0 to 255.

        Returns:
            ``float32`` of shape ``(n, classes)``; each row sums to 1.

        Raises:
            ExportError: The model cannot compute them.
        """
        parts = [self._batch(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return np.concatenate([np.empty((0, len(self.class_names)), np.float32), *parts])

    def _batch(self, images: Images) -> Probabilities:
        try:
            found = self.predict(images)
        except Exception as error:  # whatever a format's runtime raises
            raise ExportError(
                f"{self.path} cannot be run: {reason(error)} Export the model again."
            ) from error
        expected = len(images), len(self.class_names)
        if found.shape != expected:
            raise ExportError(
                f"{self.path} gives an array of shape {found.shape}, but {expected} was expected: a "
                "probability for each image and class. Export the model again."
            )
        return found


def record_path(path: Path) -> Path:
    """The JSON beside an artefact: its name with ``.json`` added."""
    return path.with_name(f"{path.name}.json")


def is_artefact(path: str | Path) -> bool:
    """Whether a path is an exported model, judged by the JSON beside it."""
    found = expand(path)
    return found.exists() and record_path(found).is_file()


def open_artefact(path: str | Path) -> Artefact:
    """Open an exported model.

    Args:
        path: Its file, or the folder of a SavedModel. The JSON that was written with it is beside it.

    Raises:
        ExportError: It is not there, is damaged, or its format's package is not installed.
        RecordError: Its JSON is damaged.
    """
    path = expand(path)
    record = read_record(path)
    found = formats.find(record.format)
    try:
        sha256 = found.sha256(path)
    except OSError as error:
        raise ExportError(
            f"{error.filename or path} cannot be read: {error.strerror}. Expected the model that "
            f"{record_path(path).name} describes; restore it, or export the model again."
        ) from error
    if sha256 != record.sha256:
        raise ExportError(
            f"{path} is not the model that {record_path(path).name} describes: it was changed or damaged "
            "after the export. Restore both, or export the model again."
        )
    found.require(to_write=False)
    return Artefact(path, record, _opened(found, path))


def read_record(path: Path) -> ArtefactRecord:
    """The JSON beside an artefact, checked.

    Raises:
        ExportError: There is none, or it is of another version.
        RecordError: It is damaged.
    """
    file = record_path(path)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise ExportError(
            f"{file} cannot be read: {error.strerror}. Expected the JSON that `tunebench export` "
            "writes beside a model; keep both in one folder."
        ) from error
    record = from_json(text, ArtefactRecord, source=file)
    if record.format_version != FORMAT_VERSION:
        raise ExportError(
            f"{file} has version {record.format_version}, but this version of tunebench reads version "
            f"{FORMAT_VERSION}. Export the model again."
        )
    return record


def _opened(found: Format, path: Path) -> Predict:
    import_keras()
    try:
        with quiet_start():
            return found.open(path)
    except TunebenchError:
        raise
    except Exception as error:  # as above
        hint = (
            "Import the code of its own layers first, or export it to another format, which needs none."
            if "Could not locate" in str(error)
            else "Export the model again."
        )
        raise ExportError(f"{path} cannot be opened: {reason(error)} {hint}") from error


def reason(error: BaseException) -> str:
    """A foreign exception's message as one sentence of bearable length."""
    text = " ".join(str(cast("Any", error)).split()) or type(error).__name__
    text = text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON].rstrip()} …"
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
