"""``tunebench spaces``."""

import json

import click

from tunebench.cli.options import as_json
from tunebench.spaces import discovery


@click.command(epilog="\b\nExample:\n  tunebench spaces --json")
@as_json
def spaces(*, as_json: bool) -> None:
    """List the search spaces that come with tunebench.

    A space of your own is a Python file with a function build(hp, input_shape, num_classes).
    """
    found = [{"name": name, "summary": discovery.summary(name)} for name in discovery.names()]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    width = max(len(space["name"]) for space in found)
    for space in found:
        click.echo(f"{space['name']:{width}}  {space['summary']}")
