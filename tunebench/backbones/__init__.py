"""MobileNetV2 from TF Hub, Keras, a SavedModel folder or a weights file.

A *handle* says where the pretrained weights come from:

- a TF Hub URL, such as `DEFAULT_HANDLE`;
- a SavedModel folder;
- a weights file (``*.h5``) of ``keras.applications.MobileNetV2(include_top=False)``;
- the word ``keras``: the ImageNet weights that keras.applications downloads.

This is the only package that uses TF Hub. Importing it does not import Keras or TensorFlow.
"""

from tunebench.backbones.capabilities import Facts, facts
from tunebench.backbones.cutting import cut
from tunebench.backbones.handles import (
    DEFAULT_HANDLE,
    Availability,
    Kind,
    check,
    kind_of,
    selected,
    use,
)
from tunebench.backbones.mobilenet import (
    mobilenet_v2,
    mobilenet_v2_front,
    mobilenet_v2_tail,
    register_layers,
)
from tunebench.backbones.optimizers import optimizer_of_two_rates
from tunebench.backbones.parameters import count_parameters

__all__ = [
    "DEFAULT_HANDLE",
    "Availability",
    "Facts",
    "Kind",
    "check",
    "count_parameters",
    "cut",
    "facts",
    "kind_of",
    "mobilenet_v2",
    "mobilenet_v2_front",
    "mobilenet_v2_tail",
    "optimizer_of_two_rates",
    "register_layers",
    "selected",
    "use",
]
