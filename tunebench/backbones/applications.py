"""The networks of keras.applications: their names, and what is to be known before one is built."""

import ast
import functools
import importlib.util
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from tunebench.backbones.cutting import cut_points, has_kernel

_TABLE = "applications.json"
_IMAGENET_SIZE = 224
# Shares of the layers that a tail has at most.
_SHARES = (0.1, 0.2, 0.4)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network of keras.applications, without the layers that classify ImageNet.

    Attributes:
        name: As Keras spells it.
        image_size: Height and width of the images that it was made for.
        parameters: Number of its weights.
        layers: Number of its layers that have a kernel: convolutions and dense layers.
        tails: How many of these can be trained while the others are frozen: about a tenth, a fifth and two
            fifths of them, as far as the network can be cut there.
    """

    name: str
    image_size: int
    parameters: int
    layers: int
    tails: tuple[int, ...]

    @property
    def weights_bytes(self) -> int:
        """The size of its weights, about that of their file."""
        return 4 * self.parameters


@functools.cache
def networks() -> tuple[str, ...]:
    """The names of all networks of the installed Keras, sorted; Keras is not imported."""
    keras = importlib.util.find_spec("keras")
    if keras is None or keras.origin is None:
        return ()
    listed = ast.parse((Path(keras.origin).parent / "applications" / "__init__.py").read_text("utf-8"))
    imports = [node for node in listed.body if isinstance(node, ast.ImportFrom)]
    return tuple(
        sorted(
            alias.name
            for node in imports
            if str(node.module).startswith("keras.src.applications.")
            for alias in node.names
        )
    )


@functools.cache
def table() -> dict[str, Network]:
    """What was measured of the networks of one version of Keras, by name."""
    rows = json.loads(resources.files("tunebench.backbones").joinpath(_TABLE).read_text("utf-8"))
    return {row["name"]: Network(**{**row, "tails": tuple(row["tails"])}) for row in rows}


@functools.cache
def network(name: str) -> Network:
    """What is to be known of a network; one that is not in the table is built, which takes seconds.

    Args:
        name: One of `networks`.
    """
    return table().get(name) or measured(name)


def measured(name: str) -> Network:
    """Build a network and measure it.

    Args:
        name: One of `networks`.
    """
    make = function(name)
    # MobileNetV3 declares no size.
    size = make(weights=None).input_shape[1] or _IMAGENET_SIZE
    model = make(weights=None, include_top=False, input_shape=(size, size, 3))
    layers = sum(map(has_kernel, model.layers))
    points = [point.layers for point in cut_points(model)]
    tails = {max(at for at in points if at <= share * layers) for share in _SHARES}
    return Network(
        name=name,
        image_size=size,
        parameters=int(model.count_params()),
        layers=layers,
        tails=tuple(sorted(tails - {0})),
    )


def function(name: str) -> Any:
    """The function of keras.applications that builds a network."""
    import keras  # noqa: PLC0415 (slow to import)

    return getattr(keras.applications, name)


def preprocessed(name: str, images: Any) -> Any:
    """Images as a network takes them.

    Args:
        name: One of `networks`.
        images: A ``keras.KerasTensor`` of RGB images, float, from 0 to 255.

    Returns:
        Another one of the same shape: what ``preprocess_input`` of the network's module gives.
    """
    import keras  # noqa: PLC0415 (as above)

    module = function(name).__module__.rpartition(".")[2]
    return getattr(keras.applications, module).preprocess_input(images)


def table_text(rows: Iterable[Network]) -> str:
    """The table as it is stored, a line for each network."""
    return "[\n" + ",\n".join(f"  {json.dumps(asdict(row))}" for row in rows) + "\n]\n"
