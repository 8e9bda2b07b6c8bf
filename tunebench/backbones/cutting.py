"""Cut a network into a frozen front and a trainable tail."""

from typing import Any, NamedTuple

from tunebench.backbones.parameters import every_layer
from tunebench.errors import BackboneError


class CutPoint(NamedTuple):
    """A tensor through which everything passes, so that a network can be cut there.

    Attributes:
        tensor: A ``keras.KerasTensor``.
        layers: How many layers come after it, counting only those that have a kernel.
    """

    tensor: Any
    layers: int


def cut_points(model: Any) -> list[CutPoint]:
    """Find the tensors through which everything passes.

    Args:
        model: A functional ``keras.Model``.

    Returns:
        In the order in which they are computed, from after the first layer to the output.
    """
    return _walked(model)[1]


def cut(model: Any, layers: int) -> tuple[Any, Any]:
    """Cut a functional model in front of its last layers.

    Batch norm stays frozen in the tail too, as is usual in fine-tuning: with few images its statistics would
    drift. Calling the tail with ``training=False`` would not freeze them: a functional model that is trained
    overrides the mode of its layers.

    Args:
        model: A functional ``keras.Model``.
        layers: How many layers with a kernel the tail may have; it has as many of them as there are behind a
            cut point.

    Returns:
        The front, frozen, and the tail, trainable except for its batch norm; both share the model's weights.

    Raises:
        BackboneError: There is no cut point before so few layers.
    """
    import keras  # noqa: PLC0415 (slow to import)

    again, points = _walked(model)
    possible = [point for point in points if 0 < point.layers <= layers]
    if not possible:
        fewest = min((point.layers for point in points if point.layers), default=None)
        expected = "Its layers cannot be trained." if fewest is None else f"Expected at least {fewest}."
        raise BackboneError(
            f"{model.name} cannot be cut before its last layers if these are to be {layers} or fewer: "
            f"connections bypass every point. {expected}"
        )
    # The last one of those with equally many layers: what follows a frozen layer is frozen with it.
    boundary = max(reversed(possible), key=lambda point: point.layers).tensor
    front = keras.Model(again.inputs, boundary, name="front")
    tail = keras.Model(boundary, again.outputs[0], name="tail")
    front.trainable = False
    for layer in every_layer(tail):
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    return front, tail


def _walked(model: Any) -> tuple[Any, list[CutPoint]]:
    """The model on new tensors, with the same layers, and its cut points."""
    import keras  # noqa: PLC0415 (as above)

    steps: list[tuple[Any, list[Any], Any]] = []

    def record(layer: Any, *arguments: Any, **keywords: Any) -> Any:
        output = layer(*arguments, **keywords)
        steps.append((layer, keras.tree.flatten((arguments, keywords)), output))
        return output

    again = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=record)
    last_read = {id(tensor): step for step, (_, given, _) in enumerate(steps) for tensor in given}
    last_read |= {id(tensor): len(steps) for tensor in again.outputs}
    points, waiting = [], {id(tensor) for tensor in again.inputs}
    left = sum(has_kernel(layer) for layer, _, _ in steps)
    for step, (layer, _, output) in enumerate(steps):
        left -= has_kernel(layer)
        waiting |= {id(tensor) for tensor in keras.tree.flatten(output)}
        waiting = {tensor for tensor in waiting if last_read.get(tensor, -1) > step}
        # Steps are in an order in which each comes after what it reads. So if only this tensor is still to
        # be read, everything later depends on it alone.
        if waiting == {id(output)}:
            points.append(CutPoint(output, left))
    return again, points


def has_kernel(layer: Any) -> bool:
    """Whether it is a convolution, a dense layer or a model of them, and not a normalisation or scale."""
    return any(len(weight.shape) > 1 for weight in getattr(layer, "weights", ()))
