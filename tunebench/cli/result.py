"""The output of `search` and `train`, and of `compare` and `study`."""

import shlex
import statistics
import sys
from typing import Any

import click
import msgspec

from tunebench.objectives import asked
from tunebench.plain_text import clean, json_text
from tunebench.progress import duration
from tunebench.runs import Run
from tunebench.runs.run_folder import runs_dir_option


def command_line() -> str:
    """The command as typed, for the record."""
    typed = shlex.join(["tunebench", *sys.argv[1:]])
    # A name on disk may have bytes that are not UTF-8, which JSON cannot hold.
    return typed.encode(errors="replace").decode()


def print_run(run: Run, *, as_json: bool) -> None:
    """Print a run's record as JSON, or a summary."""
    if as_json:
        click.echo(json_text(msgspec.to_builtins(run.record)))
        return
    record = run.record
    accuracies = [final.test_accuracy for final in record.finals]
    spread = f" ± {statistics.stdev(accuracies):.1%}" if len(accuracies) > 1 else ""
    seconds = statistics.fmean(final.train_seconds for final in record.finals)
    seeds = "seed" if len(accuracies) == 1 else "seeds"
    click.echo(
        f"{record.name} on {record.dataset.name}: test accuracy {statistics.fmean(accuracies):.1%}{spread} "
        f"({len(accuracies)} {seeds}){_by_class(run)}, trained in {duration(seconds)}."
    )
    if record.search is not None:
        search, objective = record.search, asked(record.settings)
        best = objective.score(search.best_score)
        shown = f"{best:.1%}" if objective.is_proportion else f"{best:.3f}"
        trials = "trial" if search.trials == 1 else "trials"
        pruned = f"{search.pruned} pruned, " if search.pruned else ""
        click.echo(
            f"Searched {search.trials} {trials} ({pruned}{search.failed} failed) in "
            f"{duration(search.seconds)}; best validation {objective.words} {shown}."
        )
    compare = shlex.join(["tunebench", "compare", *runs_dir_option(run.folder, record.dataset.name)])
    click.echo(f"The run is in {run.folder}. Next: {compare}")


def _by_class(run: Run) -> str:
    """The mean of the objective on the test images, if it counts every class the same."""
    objective, num_classes = asked(run.record.settings), len(run.record.dataset.class_names)
    if not objective.by_class:
        return ""
    found = [run.predictions(final.seed) for final in run.record.finals]
    value = statistics.fmean(objective.of_classes(each.labels, each.classes, num_classes) for each in found)
    return f", {objective.words} {value:.1%}"


def print_report(written: Any, style: str) -> None:
    """Print a comparison as text, ``markdown``, ``csv`` or ``json``, and warn of what was left out."""
    from tunebench import report  # noqa: PLC0415 (slow to import)

    for problem in written.comparison.problems:
        click.echo(f"Warning: {clean(problem)}", err=True)
    if style == "json":
        text = json_text(report.tables.document(written.comparison))
    elif style == "csv":
        text = report.tables.csv_text(written.comparison).rstrip()
    elif style == "markdown":
        text = report.markdown.text(written.comparison)
    else:
        text = f"{report.terminal.text(written.comparison)}\n\nThe page: {written.page}"
    click.echo(text)
