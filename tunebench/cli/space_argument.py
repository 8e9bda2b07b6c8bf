"""The argument SPACE, which the shell completes."""

import click
from click.shell_completion import CompletionItem

from tunebench import backbones
from tunebench.spaces import discovery


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Spaces by name; if none fits, the shell completes a path."""
    del ctx, param
    known = [*discovery.names(), *backbones.networks()]
    names = [CompletionItem(name) for name in known if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


space_argument = click.argument("space", shell_complete=_complete)
