"""Check before the first epoch that a space's models can be trained and scored."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import InvalidSpaceError, foreign_error
from tunebench.spaces.foreign_code import foreign_code
from tunebench.spaces.form import ModelForm
from tunebench.spaces.hyperparameters.training import CONSTANT, COSINE, SCHEDULE, unknown_schedules
from tunebench.spaces.outputs import probability_model
from tunebench.spaces.scaling import scales
from tunebench.spaces.shapes import Shape
from tunebench.spaces.space import Space

if TYPE_CHECKING:
    from tunebench.spaces.own_fit import OwnFit


class Checked:
    """A space's models that were built and evaluated.

    Args:
        space: The space.
        hp: Hyperparameters to build the models with.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.

    Attributes:
        prefix: The frozen prefix, or ``None``.
        model: The compiled model behind it.
        probabilities: The same with a last step that gives probabilities, if it has none itself.
        own_fit: What the user's ``HyperModel.fit`` sets.

    Raises:
        InvalidSpaceError: The model cannot be built, or cannot be evaluated on images with labels as its loss
            wants them.
    """

    def __init__(self, space: Space, hp: Any, image_shape: Shape, num_classes: int) -> None:
        self.prefix, self.model = space.build_whole(hp, image_shape, num_classes)
        images = np.random.default_rng(0).integers(0, 256, (2, *image_shape), dtype=np.uint8)
        labels = np.arange(2) % num_classes
        kind = "integer"
        try:
            inputs = images if self.prefix is None else _features(self.prefix, images)
            form = ModelForm.of(self.model, inputs.shape[1:])
            kind = "one-hot" if form.one_hot else kind
            self.model.test_on_batch(form.inputs(inputs), form.labels(labels))
            self.probabilities = probability_model(space.name, self.model, form, inputs)
        except InvalidSpaceError:
            raise
        except Exception as error:
            raise foreign_error(
                f"Space {space.name}: its model cannot be evaluated on uint8 images with {kind} labels", error
            ) from error
        self.own_fit: OwnFit = space.own_fit(hp, self.model, (inputs, labels), (inputs, labels), num_classes)
        self._name, self._hp = space.name, hp

    def notes(self) -> list[str]:
        """What a user should know before training, in sentences."""
        found = self.own_fit.notes(self._name)
        if self.prefix is None and not scales(self.model):
            found.append(
                f"{self._name} takes images as they are, from 0 to 255. If it was written for values from 0 "
                "to 1, start it with keras.layers.Rescaling(1 / 255)."
            )
        if ignored := unknown_schedules(self._hp.space):
            found.append(
                f"{self._name}: of the hyperparameter {SCHEDULE}, tunebench knows the values {CONSTANT} and "
                f"{COSINE}; {', '.join(ignored)} has no effect unless the space itself uses it."
            )
        return found


def check(space: Space, hp: Any, image_shape: Shape, num_classes: int) -> tuple[Any | None, Any]:
    """Evaluate a model of the space on two random images; see :class:`Checked`.

    Returns:
        The frozen prefix (or ``None``) and the compiled model behind it.
    """
    checked = Checked(space, hp, image_shape, num_classes)
    return checked.prefix, checked.model


def _features(prefix: Any, images: NDArray[np.uint8]) -> Any:
    """The prefix's output for a few images."""
    import keras  # noqa: PLC0415 (seconds; the command line's help does without)

    if foreign_code(prefix) is not None:
        return prefix.predict_on_batch(images)
    # Compiling a large network takes seconds; only foreign layers may fail to compile.
    return keras.tree.map_structure(keras.ops.convert_to_numpy, prefix(images, training=False))
