"""The group of commands, and how errors and interruptions end a command."""

import importlib
import io
import os
import sys
import traceback
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from tunebench.errors import TunebenchError
from tunebench.plain_text import clean

# In the order of the help text, with its description of each. A name is a module of this package with a
# command of the same name. Reading the commands' own descriptions would import all of them.
COMMANDS = {
    "search": "Tune a space's model, then train the winner and test it.",
    "train": "Train a space's default model, the baseline of a search.",
    "study": "Ask what a search, augmentation and more images each bring.",
    "compare": "Compare runs on one page: accuracy against training time.",
    "show": "Print a run's trials: hyperparameters, score and time of each.",
    "predict": "Predict the classes of images with a run's model.",
    "export": "Write a final model as ONNX, LiteRT, SavedModel and others.",
    "check": "Examine a data set or a space before a search.",
    "new": "Write a space of your own to start from.",
    "card": "Write a model card of a run, in Markdown.",
    "spaces": "List the search spaces that come with tunebench.",
    "datasets": "List the data sets, and where each is or how to get it.",
    "doctor": "Show versions, the device, and which data and weights are here.",
}

# In the current folder.
CONFIG = "tunebench.toml"
INTERRUPTED = 130
_TRUE = {"1", "true", "t", "yes", "y", "on"}


class LazyGroup(click.Group):
    """Imports a command when it is used, so that the help appears at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; ``None`` if there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"tunebench.cli.{cmd_name}"), cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, without importing them, and the group's own options."""
        names = [
            CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands and what they do, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: tunebench search cnn3 --dataset digits --trials 5, then: tunebench compare",
)
@click.version_option(package_name="tunebench", message="%(prog)s %(version)s")
@click.option(
    "--debug",
    is_flag=True,
    envvar="TUNEBENCH_DEBUG",
    show_envvar=True,
    help="Show the traceback of an error.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="TUNEBENCH_CONFIG",
    metavar="FILE",
    show_envvar=True,
    help=f"Take defaults of options from this file. Default: {CONFIG}, if there is one.",
)
@click.pass_context
def tunebench(ctx: click.Context, *, debug: bool, config: Path | None) -> None:
    """For my images, which model is worth its training time?

    Tunes image models with Keras Tuner, trains each winner under a fixed clock and writes one page that
    sets accuracy against training time.
    """
    del debug
    if config is not None or Path(CONFIG).exists():
        from tunebench.cli.config_file import use  # noqa: PLC0415 (imports every command)

        use(ctx, tunebench, config or Path(CONFIG))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 an error, 2 wrong usage, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _open_streams()
    debug = "--debug" in arguments or os.environ.get("TUNEBENCH_DEBUG", "").lower() in _TRUE
    try:
        tunebench.main(arguments, prog_name="tunebench", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        sys.exit(_explain_usage(error))
    except (KeyboardInterrupt, click.Abort):
        same = "the same command without --fresh" if "--fresh" in arguments else "the same command"
        click.echo(f"Interrupted. Finished results are kept; {same} resumes.", err=True)
        if "jax" in sys.modules:
            # Its threads still compute, and crash if the interpreter is taken down beneath them.
            sys.stdout.flush()
            os._exit(INTERRUPTED)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe, such as head, has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (TunebenchError, OSError) as error:
        if debug:
            traceback.print_exc()
        click.echo(
            f"Error: {clean(str(error) if isinstance(error, TunebenchError) else _refused(error))}", err=True
        )
        sys.exit(1)


def _open_streams() -> None:
    """Open the standard streams that a shell closed, and let all of them write any text."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 (open to the end)
    for stream in (sys.stdout, sys.stderr):
        # A narrow encoding, such as Latin-1 of some terminals, lacks some of the signs.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _explain_usage(error: click.ClickException) -> int:
    """Print wrong usage in one line, or the help if there were no arguments; returns the exit status."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
    elif isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "tunebench"
        click.echo(f"Error: {clean(error.format_message())} See '{command} --help'.", err=True)
    else:
        error.show()
    return error.exit_code


def _refused(error: OSError) -> str:
    """A message for what the operating system refused, such as a write to a full disk."""
    place = f" ({error.filename})" if error.filename else ""
    return (
        f"the system refused: {error.strerror or error}{place}. Finished results are kept; free some space "
        "or fix the permissions, then run the command again."
    )
