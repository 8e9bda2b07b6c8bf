"""The shapes of a model's input and output, which may be known only after it has seen a batch."""

from typing import Any

Shape = tuple[int, ...]
_RGB = 3


def is_graph(model: Any) -> bool:
    """Whether a model declares its input, as functional and built sequential ones do."""
    return bool(getattr(model, "inputs", None))


def give_shapes(model: Any, input_shape: Shape) -> Any:
    """Create the weights of a model that does not declare its input.

    Args:
        model: A ``keras.Model``.
        input_shape: Of one image.

    Returns:
        The shape of its output, with the batch first.
    """
    import keras  # noqa: PLC0415 (takes seconds, and --help does not need it)

    if isinstance(model, keras.Sequential) and not model.built:
        model.build((None, *input_shape))
    if model.built and is_graph(model):
        return shape_of(model, "output")
    outputs = model(keras.ops.zeros((1, *input_shape)), training=False)
    shape = getattr(outputs, "shape", None)
    return None if shape is None else (None, *shape[1:])


def shape_of(model: Any, end: str) -> Any:
    """The shape of a model's single ``input`` or ``output``; ``None`` if it is unknown."""
    try:
        return tuple(getattr(model, f"{end}_shape"))
    except (AttributeError, TypeError, ValueError):
        return None


def takes_grey(model: Any, input_shape: Shape) -> bool:
    """Whether a model declares grey images of the size of these RGB images."""
    # Features of a prefix may have any number of sides.
    if input_shape[2:] != (_RGB,):
        return False
    size = input_shape[:2]
    return any(fits(model, shape) for shape in (size, (*size, 1)))


def fits(model: Any, input_shape: Shape) -> bool:
    """Whether a model takes inputs of this shape; one that declares none takes what it was built on."""
    if not is_graph(model):
        return True
    declared = shape_of(model, "input")
    if declared is None or len(declared) != 1 + len(input_shape):
        return False
    return all(side in {None, here} for side, here in zip(declared[1:], input_shape, strict=True))
