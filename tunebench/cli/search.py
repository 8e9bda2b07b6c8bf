"""``tunebench search``."""

from typing import Any

import click

from tunebench import api, choices
from tunebench.cli.options import Assignment, DurationType, data_options, option, run_options
from tunebench.cli.result import command_line, print_run
from tunebench.progress import choose


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench search cnn3 --dataset digits --trials 5\n"
    "  tunebench search cnn3 --data-dir ~/data --train-size all --tuner bayesian\n"
    "  tunebench search mobilenet_v2 --backbone keras --set trainable_blocks=0\n"
    "  tunebench search ./my_space.py --trials 40 --epochs 60",
)
@click.argument("space")
@data_options
@option(
    "--set",
    "assignments",
    type=Assignment(),
    multiple=True,
    help="Keep a hyperparameter at this value instead of tuning it; may be repeated.",
)
@option(
    "--tuner",
    type=click.Choice(choices.TUNERS),
    default="random",
    show_default=True,
    help="How hyperparameters are proposed.",
)
@option(
    "--trials",
    type=click.IntRange(min=1),
    help="Trials at most. Default: 20 for random and bayesian, or as many as --budget allows; the whole plan "
    "for hyperband and grid.",
)
@option(
    "--epochs",
    type=click.IntRange(min=1),
    default=api.DEFAULT_EPOCHS,
    show_default=True,
    help="Epochs of a training at most.",
)
@option(
    "--patience",
    type=click.IntRange(min=1),
    default=api.DEFAULT_PATIENCE,
    show_default=True,
    help="Epochs without a better validation accuracy after which a training stops.",
)
@option(
    "--prune/--no-prune",
    default=True,
    show_default=True,
    help="Stop a trial of random or bayesian that is below the median of earlier trials at the same epoch.",
)
@option(
    "--budget",
    type=DurationType(),
    metavar="TIME",
    help="Wall time of the whole command, such as 90s, 30m or 1h30m; the final trainings' share is kept "
    "back, and bayesian looks for the most gain per second.",
)
@option(
    "--executions",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How often each trial is trained; its score is the mean.",
)
@option(
    "--cv",
    type=click.IntRange(min=2),
    metavar="K",
    help="Score each trial by cross-validation with K folds, the same for all trials.",
)
@option(
    "--grid-points",
    type=click.IntRange(min=2),
    default=3,
    show_default=True,
    help="Values that a grid tries of a range without steps, both ends included.",
)
@option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Trials at once, on Ray (pip install 'tunebench[parallel]'). Default: one, without Ray; on a "
    "cluster as many as it has GPUs, or nodes where it has none.",
)
@option(
    "--cluster",
    metavar="ADDRESS",
    help="Run the trials on the Ray cluster at this address, to which this machine belongs.",
)
@option(
    "--augment/--no-augment",
    default=True,
    show_default=True,
    help="Tune the strength of image augmentation; of a frozen prefix, the number of views.",
)
@run_options
@option("--fresh", is_flag=True, help="Delete an earlier search of this name and start anew.")
def search(*, space: str, assignments: tuple[tuple[str, str], ...], as_json: bool, **settings: Any) -> None:
    """Tune SPACE, then train the winner and test it.

    SPACE is a name of `tunebench spaces` or the path of a Python file. A search that was interrupted goes on
    where it stopped when the same command runs again.
    """
    run = api.search(
        space,
        hyperparameters=dict(assignments),
        **settings,
        progress=choose(),
        command=command_line(),
    )
    print_run(run, as_json=as_json)
