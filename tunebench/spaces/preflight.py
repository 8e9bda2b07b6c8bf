"""Check before the first epoch that a space's models can be trained and scored."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import InvalidSpaceError
from tunebench.spaces.foreign_code import foreign_code
from tunebench.spaces.space import Shape, Space, foreign_error

_TOLERANCE = 0.02  # half-precision probabilities sum to 1 only roughly


def check(space: Space, hp: Any, image_shape: Shape, num_classes: int) -> tuple[Any | None, Any]:
    """Evaluate a model of the space on two random images.

    Args:
        space: The space.
        hp: Hyperparameters to build it with.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.

    Returns:
        The frozen prefix (or ``None``) and the compiled model behind it.

    Raises:
        InvalidSpaceError: The model cannot be built or evaluated on images with integer labels, reports no
            ``accuracy``, or its outputs are not probabilities.
    """
    prefix, model = space.build_whole(hp, image_shape, num_classes)
    images = np.random.default_rng(0).integers(0, 256, (2, *image_shape), dtype=np.uint8)
    labels = np.arange(2) % num_classes
    try:
        inputs = images if prefix is None else _features(prefix, images)
        metrics = model.test_on_batch(inputs, labels, return_dict=True)
        outputs = np.asarray(model.predict_on_batch(inputs), dtype=np.float64)
    except Exception as error:
        raise foreign_error(
            f"Space {space.name}: its model cannot be evaluated on uint8 images with integer labels", error
        ) from error
    if "accuracy" not in metrics:
        raise InvalidSpaceError(
            f"Space {space.name}: its model reports {', '.join(metrics)}, but not accuracy. "
            "Compile it with metrics=['accuracy']."
        )
    check_probabilities(space, outputs)
    return prefix, model


def check_probabilities(space: Space, outputs: NDArray[Any]) -> None:
    """Check a model's outputs.

    Args:
        space: The model's space.
        outputs: For a few images, of shape ``(n, classes)``.

    Raises:
        InvalidSpaceError: They are not probabilities.
    """
    sums = outputs.astype(np.float64).sum(axis=1)
    # Not a number is left to the check of the loss.
    if np.any(outputs < 0) or np.any(np.abs(sums - 1) > _TOLERANCE):
        raise InvalidSpaceError(
            f"Space {space.name}: the outputs for an image are not probabilities (they sum to "
            f"{sums[0]:.3g}, not 1). End the model with a softmax."
        )


def _features(prefix: Any, images: NDArray[np.uint8]) -> Any:
    """The prefix's output for a few images."""
    import keras  # noqa: PLC0415 (seconds; the command line's help does without)

    if foreign_code(prefix) is not None:
        return prefix.predict_on_batch(images)
    # Compiling a large network takes seconds; only foreign layers may fail to compile.
    return keras.tree.map_structure(keras.ops.convert_to_numpy, prefix(images, training=False))
