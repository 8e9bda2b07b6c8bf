"""A study's answers as data and as Markdown."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from tunebench.comparison import Change, Interval, Study
from tunebench.comparison.power_law import PowerLaw
from tunebench.report import study_outlook, study_words
from tunebench.report.study_view import change_row, dataset_of, heads, reference_rows
from tunebench.report.words import Sentence, dataset_title, plain


def study_document(study: Study) -> dict[str, Any]:
    """A study as JSON-like values: accuracies and their changes from 0 to 1, times in seconds or as ratios.

    Args:
        study: Its results.

    Returns:
        ``dataset``, ``references`` (names of their rows), ``questions`` (each with its sentence, its changes,
        and as ``repeats`` the models whose training is that of another role), ``power_laws``, ``remarks``,
        ``reuse``, ``slow_in_half_precision`` (how many times as long a step takes), ``time_ratio_noise`` (of
        identical trainings), ``limits``, ``unfinished`` and ``commands``.
    """
    return {
        "dataset": dataset_of(study),
        "references": [model.label for model in study.references],
        "questions": [
            {
                "topic": question.topic,
                "title": study_words.WORDINGS[question.topic].title,
                "answer": plain(study_words.answer(study, question)),
                "answerable": question.answerable,
                "changes": [_change(each) for each in question.changes],
                "repeats": {each.label: each.role for each in question.repeats},
            }
            for question in study.questions
        ],
        "power_laws": [_law(each.series.label, each.law) for each in study.growth if each.law is not None],
        "remarks": [
            {"title": each.title, "answer": plain(each.sentence)} for each in study_outlook.remarks(study)
        ],
        "reuse": [asdict(each) for each in study.reuse],
        "slow_in_half_precision": study.folder.record.slow_in_half_precision,
        "time_ratio_noise": study.noise,
        "limits": list(study_words.limits(study)),
        "unfinished": list(study.unfinished),
        "commands": list(study.commands),
    }


def study_markdown(
    study: Study,
    table: Callable[..., str],
    escape: Callable[[str], str],
    sentence: Callable[[Sentence], str],
) -> Iterable[str]:
    """A study as lines of Markdown.

    Args:
        study: Its results.
        table: Makes a table of a header and rows.
        escape: Escapes text.
        sentence: Escapes a sentence and emphasises the names in it.

    Yields:
        A line, or a table.
    """
    yield f"### {escape(dataset_title(dataset_of(study)))}: what helps?"
    rows = [*reference_rows(study)]
    if rows:
        yield ""
        header = [
            "Model",
            "Layers",
            "Epochs",
            "Published accuracy",
            "Published training time",
            "Accuracy here",
            "95 % interval",
            "Training time here",
        ]
        yield table(header, [[escape(cell) or "–" for cell in vars(row).values()] for row in rows], left=2)
    for question in study.questions:
        words = study_words.WORDINGS[question.topic]
        yield ""
        yield f"**{words.title}** {sentence(study_words.answer(study, question))}"
        if not question.answerable or not question.changes:
            continue
        yield ""
        cells = [[escape(cell) for cell in vars(change_row(each)).values()] for each in question.changes]
        yield table(heads(question), cells)
    for remark in study_outlook.remarks(study):
        yield ""
        yield f"**{remark.title}** {sentence(remark.sentence)}"
    for limit in study_words.limits(study):
        yield ""
        yield escape(limit)


def _change(change: Change) -> dict[str, Any]:
    ratio = change.time
    return {
        "model": change.label,
        "before": change.before.label,
        "after": change.after.label,
        "accuracy_before": change.before.accuracy.mean,
        "accuracy_after": change.after.accuracy.mean,
        "difference": change.estimate.value,
        "interval": _ends(change.interval),
        "p": change.estimate.p,
        "p_adjusted": change.p_adjusted,
        "established": change.established,
        "identical": change.identical,
        "one_seed": change.as_trained,
        "time_ratio": None if ratio is None else ratio.value,
        "time_ratio_interval": None if ratio is None else _ends(ratio.interval),
        "time_established": ratio is not None and (ratio.slower or ratio.faster),
    }


def _law(label: str, law: PowerLaw) -> dict[str, Any]:
    return {
        "model": label,
        "images": law.images,
        "scale": law.scale,
        "exponent": law.exponent,
        "floor": law.floor,
        "fitted_error": law.fitted,
        "gain_of_twice_as_many": law.gain,
        "interval": _ends(law.interval),
        "established": law.established,
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
