"""``tunebench spaces``."""

import json
from typing import Any

import click

from tunebench import backbones
from tunebench.cli.options import as_json
from tunebench.spaces import discovery


@click.command(epilog="\b\nExamples:\n  tunebench spaces --all\n  tunebench spaces --json")
@click.option("--all", "with_networks", is_flag=True, help="Also list the networks of keras.applications.")
@as_json
def spaces(*, with_networks: bool, as_json: bool) -> None:
    """List the search spaces that come with tunebench.

    Any network of keras.applications is a space, too: its pretrained weights are frozen, and a head and, if
    wanted, its last layers are trained. A space of your own is a Python file with a function build(hp,
    input_shape, num_classes).
    """
    found: list[dict[str, Any]] = [
        {"name": name, "summary": discovery.summary(name)} for name in discovery.names()
    ]
    networks = [_network(name) for name in backbones.networks()]
    if as_json:
        click.echo(json.dumps([*found, *networks] if with_networks else found, indent=2))
        return
    width = max(len(space["name"]) for space in [*found, *networks])
    for space in found:
        click.echo(f"{space['name']:{width}}  {space['summary']}")
    if not with_networks:
        click.echo(f"{'…':{width}}  {len(networks)} networks of keras.applications: tunebench spaces --all")
        return
    click.echo(f"\n{'keras.applications':{width}}  million parameters  weights   image size")
    for space in networks:
        click.echo(f"{space['name']:{width}}  {_figures(space)}")


def _network(name: str) -> dict[str, Any]:
    """What the table says of a network; nothing of one that a later Keras added."""
    known = backbones.table().get(name)
    return {
        "name": name,
        "parameters": known and known.parameters,
        "weights_bytes": known and known.weights_bytes,
        "image_size": known and known.image_size,
    }


def _figures(space: dict[str, Any]) -> str:
    if space["parameters"] is None:
        return "not known before it is used"
    size = space["image_size"]
    return f"{space['parameters'] / 1e6:18.1f}  {space['weights_bytes'] / 1e6:4.0f} MB   {size}×{size}"
