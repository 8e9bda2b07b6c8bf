"""``tunebench card``."""

from pathlib import Path

import click

from tunebench.cli.options import own
from tunebench.home import expand
from tunebench.option_kinds import FILE


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench card runs/cifar10/cnn3\n"
    "  tunebench card runs/cifar10/cnn3 --out runs/cifar10/cnn3/README.md"
)
@click.argument("run", type=click.Path(path_type=Path))
@own("--out", FILE, "Write the card to this file. Default: print it.", in_environment=False)
def card(*, run: Path, out: Path | None) -> None:
    """Write a model card of a run, in Markdown with Hugging Face's front matter.

    RUN is a run's folder, such as runs/cifar10/cnn3. The card says what the model was trained on, how good it
    is, how to load it and what its figures do not show. It names no folder or file of this machine.
    """
    from tunebench.runs import read_run  # noqa: PLC0415 (slow to import)
    from tunebench.use import card as cards  # noqa: PLC0415 (the same)

    found = read_run(expand(run))
    if out is None:
        click.echo(cards.card(found), nl=False)
        return
    cards.write_card(found, expand(out))
    click.echo(f"The card is in {out}.")
