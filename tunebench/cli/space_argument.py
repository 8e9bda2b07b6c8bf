"""The argument SPACE, which the shell completes."""

import click
from click.shell_completion import CompletionItem

from tunebench.spaces import discovery


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The spaces that come with tunebench; if none fits, the shell completes a path."""
    del ctx, param
    names = [CompletionItem(name) for name in discovery.names() if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


space_argument = click.argument("space", shell_complete=_complete)
