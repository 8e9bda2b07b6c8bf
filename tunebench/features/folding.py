"""Fold batch norm into the layer before it, so that a frozen network computes less for the same output.

In inference batch norm multiplies each channel by a number and adds another. Directly after a convolution or
a dense layer, both can be moved into that layer's kernel and bias: Jacob et al., Quantization and Training of
Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018, section 3.2, equation 14. On two
processor cores it halved the time of MobileNetV2 at 224 pixels (docs/decisions/0007).
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

_FUNCTIONAL = type(keras.Model(_probe := keras.Input((1,)), _probe))
# Exactly these: a subclass may compute anything.
_FOLLOWED = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Dense,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)


def folded(model: Any) -> Any:
    """Fold every batch norm that can be folded, in nested models too.

    Args:
        model: A ``keras.Model``; it is not changed.

    Returns:
        A model for inference only, with the same output except for rounding; it shares all other layers. A
        subclass of ``keras.Model`` is returned unchanged.
    """
    if type(model) not in {_FUNCTIONAL, keras.Sequential}:
        return model
    functional = keras.Model(model.inputs, model.outputs)
    norms = _norms(functional)
    left_out = {id(norm) for norm in norms.values()}

    def call(layer: Any, *arguments: Any, **keywords: Any) -> Any:
        if id(layer) in left_out:
            return arguments[0]
        if id(layer) in norms:
            return _call_with_norm(layer, norms[id(layer)], arguments[0])
        if isinstance(layer, keras.Model):
            layer = folded(layer)
        return layer(*arguments, **keywords)

    return _walk(functional, call)


def _walk(functional: Any, call: Callable[..., Any]) -> Any:
    """Rebuild a model from the same layers, each called by ``call``."""
    return keras.models.clone_model(functional, clone_function=lambda layer: layer, call_function=call)


def _norms(functional: Any) -> dict[int, Any]:
    """The batch norms that can be folded, by the ``id`` of the layer before each."""
    calls: list[tuple[Any, Any, dict[str, Any], Any]] = []

    def record(layer: Any, *arguments: Any, **keywords: Any) -> Any:
        output = layer(*arguments, **keywords)
        calls.append((layer, arguments, keywords, output))
        return output

    outputs = _walk(functional, record).outputs
    called = Counter(id(layer) for layer, *_ in calls)
    read = Counter(id(tensor) for _, *given, _ in calls for tensor in keras.tree.flatten(given))
    read.update(id(output) for output in outputs)
    makers = {id(output): layer for layer, _, _, output in calls}
    norms = {}
    for norm, arguments, keywords, _ in calls:
        if type(norm) is not keras.layers.BatchNormalization or any(keywords.values()):
            continue
        followed = makers.get(id(arguments[0]))
        alone = called[id(norm)] == called[id(followed)] == read[id(arguments[0])] == 1
        if alone and _can_take(followed, norm, len(arguments[0].shape)):
            norms[id(followed)] = norm
    return norms


def _can_take(layer: Any, norm: Any, rank: int) -> bool:
    """Whether batch norm can be folded into a layer whose output has this rank."""
    axis = 1 if getattr(layer, "data_format", None) == "channels_first" else rank - 1
    return (
        type(layer) in _FOLLOWED
        and layer.activation is keras.activations.linear
        and norm.axis in {axis, axis - rank}
        # In half precision the kernel would be rounded after the multiplication instead of before.
        and layer.compute_dtype == norm.compute_dtype == layer.variable_dtype == "float32"
    )


def _call_with_norm(layer: Any, norm: Any, inputs: Any) -> Any:
    """Call a new layer that replaces a layer and the batch norm after it."""
    scale, offset = _scale_and_offset(norm)
    *others, last = [_array(variable) for variable in layer.weights if variable is not layer.bias]
    # A depthwise kernel ends with the input channels and the number of outputs for each.
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    kernel = last * scale.reshape(last.shape[2:] if depthwise else -1)
    bias = (0.0 if layer.bias is None else _array(layer.bias)) * scale + offset
    merged = type(layer).from_config({**layer.get_config(), "use_bias": True})
    outputs = merged(inputs)
    merged.set_weights([*others, kernel, bias])
    return outputs


def _scale_and_offset(norm: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Batch norm in inference: ``scale × x + offset``, per channel."""
    mean, variance = _array(norm.moving_mean), _array(norm.moving_variance)
    scale = 1 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        scale = scale * _array(norm.gamma)
    offset = -mean * scale
    return scale, offset + _array(norm.beta) if norm.center else offset


def _array(variable: Any) -> NDArray[np.float64]:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float64)
