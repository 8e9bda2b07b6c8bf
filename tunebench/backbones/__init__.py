"""MobileNetV2 from TF Hub, Keras, a SavedModel folder or a weights file; the only package that knows TF Hub.

A *handle* names where the pretrained weights come from:

- a TF Hub URL, such as `DEFAULT_HANDLE`;
- a SavedModel folder;
- a weights file (``*.h5``) of ``keras.applications.MobileNetV2(include_top=False)``;
- the word ``keras``: keras.applications downloads its ImageNet weights.

Importing the package imports neither Keras nor TensorFlow; building a backbone does.
"""

from tunebench.backbones.handles import (
    DEFAULT_HANDLE,
    Availability,
    Kind,
    check,
    kind_of,
    selected,
    use,
)
from tunebench.backbones.mobilenet import Facts, count_parameters, facts, mobilenet_v2, register_layers

__all__ = [
    "DEFAULT_HANDLE",
    "Availability",
    "Facts",
    "Kind",
    "check",
    "count_parameters",
    "facts",
    "kind_of",
    "mobilenet_v2",
    "register_layers",
    "selected",
    "use",
]
