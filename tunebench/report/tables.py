"""The page's figures as data: a JSON document, and a table with a row per model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tunebench.comparison import Comparison, Interval, ModelSummary, Pair, Section, SizeCurve
from tunebench.comparison.repeats import Measured
from tunebench.objectives import OBJECTIVES
from tunebench.plain_text import csv_lines
from tunebench.report.answer import answer
from tunebench.report.caveats import caveats
from tunebench.report.study_tables import study_document
from tunebench.report.words import plain

if TYPE_CHECKING:
    import pandas as pd

# 1: the first format.
FORMAT_VERSION = 1


def document(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON-like values: numbers in base units, proportions from 0 to 1.

    Args:
        comparison: What was compared.

    Returns:
        ``format_version``, ``problems`` and ``sections``; each section has its ``dataset``, ``answer``,
        ``objective``, ``models``, ``timed_again`` (by model) and ``pairs``. If studies were named,
        ``studies``; see :mod:`tunebench.report.study_tables`.
    """
    figures = {
        "format_version": FORMAT_VERSION,
        "problems": list(comparison.problems),
        "sections": [_section(section, comparison.size_curves) for section in comparison.sections],
    }
    if comparison.studies:
        figures["studies"] = [study_document(study) for study in comparison.studies]
    rounded: dict[str, Any] = _rounded(figures)
    return rounded


def rows(comparison: Comparison) -> list[dict[str, Any]]:
    """The models of all sections, a flat row each: the columns of the CSV file and of the pandas table."""
    return [_rounded(_row(section, model)) for section in comparison.sections for model in section.models]


def csv_text(comparison: Comparison) -> str:
    """The rows as CSV, with a header; a missing value is an empty field."""
    table = rows(comparison)
    return csv_lines([table[0].keys(), *(row.values() for row in table)])


def frame(comparison: Comparison) -> "pd.DataFrame":
    """The rows as a pandas table."""
    import pandas as pd  # noqa: PLC0415 (slow to import, and only the tables need it)

    return pd.DataFrame(rows(comparison))


def pairs_frame(comparison: Comparison) -> "pd.DataFrame":
    """The pairs of all sections as a pandas table; an interval is a list of its two ends."""
    import pandas as pd  # noqa: PLC0415 (the same)

    rows = [
        {"dataset": each.dataset.name, **_pair(pair)} for each in comparison.sections for pair in each.pairs
    ]
    return pd.DataFrame(_rounded(rows))


def _rounded(value: Any) -> Any:
    """Floats rounded to six significant digits, more than is meaningful in any of them."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _section(section: Section, curves: Sequence[SizeCurve]) -> dict[str, Any]:
    words = answer(section, curves)
    dataset = section.dataset
    return {
        "dataset": {
            "name": dataset.name,
            "train_size": dataset.train_size,
            "validation_size": dataset.validation_size,
            "test_size": dataset.test_size,
            "class_names": dataset.class_names,
            "sha256": dataset.sha256,
        },
        "answer": {
            "recommendations": [
                {"purpose": each.purpose, "model": each.model.label} for each in words.recommendations
            ],
            "findings": [plain(sentence) for sentence in words.findings],
            "next_steps": [plain(sentence) for sentence in words.next_steps],
            "caveats": list(caveats(section)),
        },
        "objective": section.objective.name,
        "models": [_row(section, model) for model in section.models],
        "timed_again": {
            model.label: {"started_at": model.timing.started_at, "repeats": len(model.timing.repeats)}
            for model in section.models
            if model.timing is not None
        },
        "pairs": [_pair(pair) for pair in section.pairs],
    }


def _row(section: Section, model: ModelSummary) -> dict[str, Any]:
    record, interval, time = model.record, model.accuracy_measured.interval, model.train_seconds
    search, clock = record.search, model.timing_conditions
    return {
        "dataset": record.dataset.name,
        "train_size": record.dataset.train_size,
        "test_size": record.dataset.test_size,
        "model": model.label,
        "space": record.space,
        "kind": record.kind,
        "set": model.set_by_hand or None,
        "seeds": model.seeds,
        "accuracy": model.accuracy.mean,
        "accuracy_sd": model.accuracy.sd,
        "accuracy_low": interval.low,
        "accuracy_high": interval.high,
        **_spread("balanced_accuracy", model.measured(OBJECTIVES["balanced_accuracy"])),
        "macro_f1": model.macro_f1,
        "objective": model.objective.name,
        **_spread("value", model.value),
        "standing": section.standings[model.label].value,
        "train_seconds": time.mean,
        "train_seconds_min": time.minimum,
        "train_seconds_max": time.maximum,
        "relative_time": section.relative_time(model),
        "prefix_seconds": model.mean_timed("prefix_seconds"),
        "setup_seconds": model.mean_timed("setup_seconds"),
        "fit_seconds": model.mean_timed("fit_seconds"),
        "epochs": model.mean_timed("epochs"),
        "search_seconds": search.seconds if search else None,
        "trials": search.trials if search else None,
        "validation_accuracy": model.validation_accuracy,
        "parameters": record.finals[0].parameters,
        "model_bytes": model.mean_of("model_bytes"),
        "inference_seconds_per_image": model.mean_of("inference_seconds_per_image"),
        "device": clock.device,
        "cpu_count": clock.cpu_count,
        "other_load": model.other_load,
        "precision": clock.precision,
    }


def _spread(name: str, found: Measured | None) -> dict[str, float | None]:
    """A measured value with its spread and interval; all missing without predictions."""
    names = (name, f"{name}_sd", f"{name}_low", f"{name}_high")
    if found is None:
        return dict.fromkeys(names)
    return dict(zip(names, (found.mean, found.sd, found.interval.low, found.interval.high), strict=True))


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "better": pair.better.label,
        "worse": pair.worse.label,
        "difference": pair.difference,
        "interval": _interval(pair.interval),
        "p": pair.p,
        "p_adjusted": pair.p_adjusted,
        "verdict": pair.verdict.value,
    }


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
