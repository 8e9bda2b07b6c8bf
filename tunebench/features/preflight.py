"""Check before the first epoch that a space's models can be trained, scored, saved and loaded by others."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tunebench.errors import InvalidSpaceError, foreign_error
from tunebench.features.joining import bare, join
from tunebench.records import HyperparameterValue
from tunebench.spaces import Space
from tunebench.spaces.custom_objects import custom_objects
from tunebench.spaces.foreign_code import foreign_code
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.preflight import Checked

_TOLERANCE = 1e-3


def preflight(
    space: Space, hp: Any, image_shape: tuple[int, ...], num_classes: int, *, save_always: bool = False
) -> list[str]:
    """Evaluate a model of the space on two random images; save and load it unless all its code is Keras' own.

    Args:
        space: The space.
        hp: Hyperparameters to build it with.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.
        save_always: Save and load it in any case.

    Returns:
        What the user should know before the training, in sentences.

    Raises:
        InvalidSpaceError: See :class:`tunebench.spaces.preflight.Checked`; or the model cannot be saved or
            loaded in Keras' safe mode, or the loaded model predicts something else.
    """
    declared = hp.copy()
    checked = Checked(space, hp, image_shape, num_classes)
    if _check_saving(space, checked, image_shape, always=save_always) and declared.space:
        # What a get_config() leaves out may have its default here.
        declared.values = points.complete_point(declared, _not_default)
        # A trial may fail there, too.
        with contextlib.suppress(InvalidSpaceError):
            checked = Checked(space, declared, image_shape, num_classes)
        _check_saving(space, checked, image_shape)
    return checked.notes()


def _not_default(hp: Any) -> HyperparameterValue:
    """A value other than the default, if there is one."""
    last = points.value_at(hp, 1.0)
    return points.value_at(hp, 0.0) if last == hp.default else last


def _check_saving(
    space: Space, checked: Checked, image_shape: tuple[int, ...], *, always: bool = False
) -> bool:
    """Save and load a model unless all its code is Keras' own; returns whether it was not."""
    prefix, model = checked.prefix, bare(checked.probabilities)
    foreign = any(_is_foreign(each) for each in (prefix, model) if each is not None)
    if not foreign and not always:
        return False
    whole = model if prefix is None else join(prefix, model)
    images = np.random.default_rng(0).integers(0, 256, (2, *image_shape), dtype=np.uint8)
    expected = _outputs(whole, images)
    try:
        found = _outputs(_saved_and_loaded(space, whole), images)
    except (Exception, SystemExit) as error:
        raise foreign_error(
            f"Space {space.name}: its model cannot be saved and loaded again (a layer or model of your own "
            "needs a get_config() that returns its arguments; make a Lambda such a layer)",
            error,
        ) from error
    if not np.allclose(found, expected, atol=_TOLERANCE):
        raise InvalidSpaceError(
            f"Space {space.name}: its model predicts something else after it was saved and loaded. Let each "
            "of its layers save all its weights, and return all its arguments in get_config()."
        )
    return True


def _is_foreign(model: Any) -> bool:
    try:
        return foreign_code(model) is not None
    except Exception:  # noqa: BLE001 (what cannot be serialised is not Keras' own)
        return True


def _outputs(model: Any, images: Any) -> Any:
    return np.asarray(model.predict_on_batch(images), dtype=np.float64)


def _saved_and_loaded(space: Space, model: Any) -> Any:
    import keras  # noqa: PLC0415 (seconds; the command line's help does without)

    with tempfile.TemporaryDirectory(prefix="tunebench-") as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        known = custom_objects(space)
        with _without_modules_of(space):
            return keras.saving.load_model(path, custom_objects=known, compile=False)


@contextlib.contextmanager
def _without_modules_of(space: Space) -> Iterator[None]:
    """Hide a space's modules, which whoever loads its model has not imported."""
    own = set() if space.source is None else {space.module, *space.modules.names}
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in own}
    try:
        yield
    finally:
        sys.modules.update(hidden)
