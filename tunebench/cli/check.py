"""``tunebench check``."""

from typing import TYPE_CHECKING, Any

import click

from tunebench.checking import library
from tunebench.checking.kind import is_space
from tunebench.cli.options import options_of, output_format
from tunebench.errors import InvalidSpaceError
from tunebench.options import CheckSpaceOptions
from tunebench.plain_text import json_text
from tunebench.progress import choose

if TYPE_CHECKING:
    from tunebench.checking.space import CheckedSpace

# What only a space has; the variables of the environment may be set for other commands.
_OF_SPACES = ("dataset", "points", "seed", "backbone")


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench check ~/photos --sheet augmentation.png\n"
    "  tunebench check digits --format json\n"
    "  tunebench check ./my_space.py --dataset ~/photos",
)
@click.argument("what", metavar="WHAT")
@options_of(CheckSpaceOptions)
@output_format("text", "json")
@click.pass_context
def check(context: click.Context, /, *, what: str, format: str, **options: Any) -> None:  # noqa: A002 (the option's name)
    """Examine a data set or a space before hours are spent.

    WHAT is a data set: a name from `tunebench datasets`, a folder of images, a table or an .npz file. Its
    classes, damaged files and duplicates are listed. Or WHAT is a space: a name from `tunebench spaces` or a
    .py file. Its model is built and trained for a few steps at its defaults, its starting points and random
    points, saved and loaded. The status is 1 if a point fails.
    """
    if is_space(what):
        checked = library.check_space(what, **options, progress=choose())
        _print(checked.as_json() if format == "json" else _space_lines(checked))
        if checked.problems:
            raise InvalidSpaceError(
                f"Space {checked.name} fails at {len(checked.problems)} of the points tried (see above). "
                "Expected models that can be trained, saved and loaded; fix the space, or leave these values "
                "out."
            )
        return
    for name in _OF_SPACES:
        value = options.pop(name)
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} {value} is for a space, and {what} is a data set.", context)
    found = library.check(what, **options, progress=choose())
    _print(found.as_json() if format == "json" else list(found.lines()))


def _print(found: Any) -> None:
    click.echo("\n".join(found) if isinstance(found, list) else json_text(found))


def _space_lines(checked: "CheckedSpace") -> list[str]:
    from tunebench.checking.text import lines  # noqa: PLC0415 (imports Keras)

    return list(lines(checked))
