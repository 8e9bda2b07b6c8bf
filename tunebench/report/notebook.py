"""A run and a comparison as a notebook shows them: the figures of the page in a few lines and a table."""

import math

from tunebench.comparison import Comparison, ModelSummary, Section, compare_runs
from tunebench.report import formats, measures
from tunebench.report.answer import answer
from tunebench.report.caveats import caveats
from tunebench.report.columns import main_columns
from tunebench.report.page import fragment
from tunebench.report.search_view import search_summary
from tunebench.report.timing_notes import timed_again
from tunebench.report.trial_list import NUM_WORDS, trial_rows
from tunebench.report.words import dataset_title
from tunebench.runs import Run, Selection

# Of a search, whose run has all in a table.
_TRIALS = 10


def run_html(run: Run) -> str:
    """A run: accuracy with its interval, training time, best hyperparameters and best trials.

    Args:
        run: The run; what cannot be read of it is left out, and a line says so.

    Returns:
        HTML without scripts and styles; names are escaped.
    """
    comparison = compare_runs(Selection((run,)))
    (section,) = comparison.sections
    (model,) = section.models
    best_first = sorted(model.trials, key=lambda trial: math.inf if trial.score is None else -trial.score)
    header, rows = trial_rows(best_first[:_TRIALS])
    return fragment(
        "run.html.j2",
        name=model.label,
        facts=_facts(section),
        models=_table(section),
        search=search_summary(model),
        hyperparameters={name: formats.value(value) for name, value in run.record.hyperparameters.items()},
        trials=[[(cell, "") for cell in line] for line in (header, *rows)] if rows else [],
        num_trials=len(model.trials),
        num_words=NUM_WORDS,
        folder=str(run.folder),
        problems=comparison.problems,
    )


def comparison_html(comparison: Comparison, page: str) -> str:
    """A comparison: the answer in words and the table of every data set.

    Args:
        comparison: What was compared.
        page: Where the complete page is.

    Returns:
        HTML without scripts and styles; names are escaped.
    """
    sections = [
        {
            "facts": _facts(section),
            "picks": [(each.purpose, each.model.label, _value(each.model)) for each in words.recommendations],
            "sentences": words.findings,
            "models": _table(section),
            "notes": [note for note in (timed_again(section), *caveats(section)) if note],
        }
        for section in comparison.sections
        for words in [answer(section, comparison.size_curves)]
    ]
    return fragment("comparison.html.j2", sections=sections, page=page, problems=comparison.problems)


def _facts(section: Section) -> str:
    dataset = section.dataset
    return (
        f"{dataset_title(dataset.name)}: {dataset.train_size:,} training images, "
        f"{dataset.test_size:,} test images"
    )


def _value(model: ModelSummary) -> str:
    interval = measures.interval(model.objective, model.value.interval)
    time = formats.seconds(model.train_seconds.mean)
    return f"{measures.value(model.objective, model.value.mean)} [{interval}], trained in {time}"


def _table(section: Section) -> list[list[tuple[str, str]]]:
    """The models, a row each under a header; a cell is its text and its second line."""
    alone = len(section.models) == 1
    columns = [each for each in main_columns(section) if not (alone and each.title == "Relative time")]
    header = [("Model", ""), *((column.title, "") for column in columns)]
    cells = [[column.cell(model) for column in columns] for model in section.models]
    rows = [
        [(model.label, ""), *((cell.text, cell.detail) for cell in row)]
        for model, row in zip(section.models, cells, strict=True)
    ]
    return [header, *rows]
