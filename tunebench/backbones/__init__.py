"""Pretrained networks: MobileNetV2 from TF Hub, and those of keras.applications.

A *handle* says where the pretrained weights come from:

- a TF Hub URL, such as `DEFAULT_HANDLE`;
- a SavedModel folder;
- a weights file (``*.h5``) of the network of keras.applications;
- the word ``keras``: the ImageNet weights that keras.applications downloads.

Only MobileNetV2 can be a SavedModel.

This is the only package that uses TF Hub. Importing it does not import Keras or TensorFlow.
"""

from tunebench.backbones.applications import Network, network, networks, preprocessed, table
from tunebench.backbones.capabilities import Facts, facts
from tunebench.backbones.cutting import cut, cut_points
from tunebench.backbones.handles import (
    DEFAULT_HANDLE,
    Availability,
    Kind,
    check,
    downloads,
    kind_of,
    selected,
    use,
)
from tunebench.backbones.mobilenet import mobilenet_v2
from tunebench.backbones.optimizers import optimizer_of_two_rates
from tunebench.backbones.parameters import count_parameters
from tunebench.backbones.parts import front, register_layers, tail

__all__ = [
    "DEFAULT_HANDLE",
    "Availability",
    "Facts",
    "Kind",
    "Network",
    "check",
    "count_parameters",
    "cut",
    "cut_points",
    "downloads",
    "facts",
    "front",
    "kind_of",
    "mobilenet_v2",
    "network",
    "networks",
    "optimizer_of_two_rates",
    "preprocessed",
    "register_layers",
    "selected",
    "table",
    "tail",
    "use",
]
