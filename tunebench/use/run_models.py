"""The saved models of a run, loaded in Keras' safe mode."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
from numpy.typing import NDArray

from tunebench import backbones, spaces
from tunebench.data_options import RESIZES, Resize
from tunebench.errors import RecordError, TrainingError, TunebenchError, first_line
from tunebench.finals.reopen import own_code, own_space
from tunebench.option_kinds import IMAGE_SIZE
from tunebench.records import RunRecord
from tunebench.runs import Run, run_folder
from tunebench.spaces.foreign_code import foreign_in
from tunebench.spaces.outputs import are_probabilities

# Large enough to keep a processor busy, small enough for MobileNetV2 at 224 pixels.
_BATCH = 128
_AXES = 3  # height, width, channels


@dataclass(frozen=True, eq=False)
class RunModels:
    """One or several models of a run; several predict the mean of their probabilities.

    Attributes:
        class_names: In the order of the probabilities.
        image_shape: ``(height, width, channels)`` of the images they take.
        resize: How images of another size become so large.
        models: Loaded ``keras.Model``; at least one.
        files: Theirs, for messages.
    """

    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    resize: Resize
    models: tuple[Any, ...]
    files: tuple[Path, ...]

    def probabilities(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """The probability of each class; see :class:`tunebench.use.predictor.Predictor`."""
        parts = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
        return np.concatenate([self._mean(part) for part in parts])

    def _mean(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        # A model of half precision may return it.
        found = [np.asarray(model.predict_on_batch(images), np.float32) for model in self.models]
        for file, each in zip(self.files, found, strict=True):
            if not are_probabilities(each):
                raise RecordError(
                    f"{file} gives numbers that are not probabilities of the classes. Expected the model "
                    "that its run saved; restore it, or train the run again."
                )
        return found[0] if len(found) == 1 else np.mean(found, axis=0, dtype=np.float32)


def open_models(run: Run, *, seed: int | None, ensemble: bool, trust_code: bool) -> RunModels:
    """Load the models of a run.

    Args:
        run: The run.
        seed: Which model; ``None``: that of the first seed.
        ensemble: All of them.
        trust_code: Whether the code of the run's own space may run if a model needs it.

    Raises:
        TunebenchError: The run has no such seed, or a model is missing, damaged, of another run, or needs
            code that may not run.
    """
    seeds = [final.seed for final in run.record.finals]
    if seed is not None and seed not in seeds:
        raise TunebenchError(
            f"{run.folder} has no model of seed {seed}. Expected one of {', '.join(map(str, seeds))}."
        )
    wanted = seeds if ensemble else [seeds[0] if seed is None else seed]
    models = tuple(load_model(run, each, trust_code=trust_code) for each in wanted)
    classes, resize = run.record.dataset.class_names, run.record.settings.get("resize", "crop")
    if resize not in RESIZES:
        raise RecordError(
            f"{run.folder / run_folder.RECORD} has the unknown resize {resize!r}. Expected one of "
            f"{', '.join(RESIZES)}; restore the file."
        )
    for model, each in zip(models, wanted, strict=True):
        if (shape := _shape(model, "output")) != (len(classes),):
            raise RecordError(
                f"{run_folder.model(run.folder, each)} gives an output of shape {shape} for an image, but "
                f"its run has {len(classes)} classes. Restore the file, or train the run again."
            )
    files = tuple(run_folder.model(run.folder, each) for each in wanted)
    return RunModels(tuple(classes), _image_shape(models[0], run.record), resize, models, files)


def load_model(run: Run, seed: int, *, trust_code: bool = False) -> Any:
    """Load the saved model of a seed in Keras' safe mode, for which no code of the file runs.

    Args:
        run: The run.
        seed: Of one of its final trainings.
        trust_code: Whether to import the run's own space, if the model has layers that only it defines. The
            file of the space must be the one that the run was trained with.

    Returns:
        A ``keras.Model`` from raw images to probabilities, not compiled.

    Raises:
        TrainingError: The file is missing or damaged.
        TunebenchError: The model needs code that may not run, is missing or has changed.
    """
    path = run_folder.model(run.folder, seed)
    backbones.register_layers()
    try:
        return _load(path)
    except Exception as error:  # a damaged file, or a layer of the user's, can raise anything
        foreign = _foreign_layer(path)
        if foreign is None:
            raise _unreadable(path, error) from error
        _check_consent(run, foreign, trust_code=trust_code)
    try:
        space = spaces.find(own_space(run.record))
        with space.modules.importable():
            return _load(path, spaces.custom_objects(space))
    except TunebenchError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def _load(path: Path, custom_objects: dict[str, Any] | None = None) -> Any:
    return keras.saving.load_model(path, custom_objects, compile=False, safe_mode=True)


def _check_consent(run: Run, foreign: str, *, trust_code: bool) -> None:
    code = own_code(run.record)
    if code and trust_code:
        return
    needed = f"The model of {run.folder} needs the code of {foreign}, which is not part of Keras"
    if not code:
        raise TunebenchError(f"{needed}, and its run.json does not say where that is. Train the run again.")
    raise TunebenchError(
        f"{needed}: loading it would run {', '.join(code)}. Use --trust-code (trust_code=True) if you trust "
        "these files."
    )


def _foreign_layer(path: Path) -> str | None:
    """A class or function that a saved model needs and that is neither Keras' nor tunebench's."""
    try:
        with zipfile.ZipFile(path) as archive:
            return foreign_in(json.loads(archive.read("config.json")))
    except (
        *(OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile),
        NotImplementedError,  # what zipfile raises for a compression that it does not know
    ):
        return None


def _unreadable(path: Path, error: Exception) -> TunebenchError:
    if not path.exists():
        reason = "is missing"
    elif not zipfile.is_zipfile(path):  # Keras says that it was not found
        reason = "is damaged: it is not a zip file"
    else:
        reason = f"cannot be loaded: {type(error).__name__}: {first_line(error)[:200]}"
    return TrainingError(
        f"{path} {reason.rstrip('.')}. Expected the model that its run saved; restore it, or run the "
        "command of the run again, which trains it."
    )


def _shape(model: Any, end: str) -> tuple[int | None, ...]:
    """The shape of a model's ``input`` or ``output`` without the batch; empty if it is unknown."""
    try:
        return tuple(getattr(model, f"{end}_shape"))[1:]
    except (AttributeError, TypeError, ValueError):
        return ()


def _image_shape(model: Any, record: RunRecord) -> tuple[int, int, int]:
    """As the model declares it; if it takes images of any size, as the run's images were."""
    shape = _shape(model, "input")
    if len(shape) == _AXES and None not in shape:
        return cast("tuple[int, int, int]", shape)
    try:
        # Earlier versions recorded it among the settings of a user's own images.
        height, width = record.dataset.image_size or IMAGE_SIZE.read(record.settings["image_size"])
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(
            f"Neither the model of {record.name} nor its run.json says how large its images are. Expected "
            "image_size among the settings; restore the file, or train the run again."
        ) from error
    return height, width, 3
