"""A comparison for the terminal: the answer in words and a table of the models."""

from collections.abc import Container, Iterable, Sequence

from tunebench.comparison import Comparison, ModelSummary, Section, SizeCurve, Study
from tunebench.plain_text import clean
from tunebench.report import formats, measures, study_outlook, study_words
from tunebench.report.answer import Recommendation, answer
from tunebench.report.caveats import caveats
from tunebench.report.study_view import dataset_of
from tunebench.report.study_words import WORDINGS
from tunebench.report.timing_notes import timed_again
from tunebench.report.words import dataset_title, plain

_NAME_LENGTH = 32
_COSTS = ("training time", "relative", "parameters")


def text(comparison: Comparison) -> str:
    """The answer in words and the table of every data set.

    Args:
        comparison: What was compared.

    Returns:
        Lines of text, without control characters.
    """
    parts = [_section(section, comparison.size_curves) for section in comparison.sections]
    parts += [_study(study) for study in comparison.studies]
    return "\n\n".join("\n".join(part) for part in parts)


def aligned(lines: Sequence[Sequence[str]], right: Container[int]) -> Iterable[str]:
    """Lines of cells with every column padded to its widest cell; ``right`` aligns columns to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = zip(line, widths, strict=True)
        padded = [f"{cell:{'>' if at in right else '<'}{width}}" for at, (cell, width) in enumerate(cells)]
        yield "  ".join(padded).rstrip()


def _section(section: Section, curves: Sequence[SizeCurve]) -> Iterable[str]:
    words = answer(section, curves)
    dataset = section.dataset
    title = dataset_title(dataset.name)
    yield f"{title}: {dataset.train_size:,} training images, {dataset.test_size:,} test images"
    yield ""
    width = max(len(each.purpose) for each in words.recommendations)
    for each in words.recommendations:
        yield f"{each.purpose:{width}}  {_recommended(each, section.models[0])}"
    yield ""
    for sentence in (*words.findings, *words.next_steps):
        yield clean(plain(sentence))
    yield ""
    yield from _table(section)
    yield from filter(None, (timed_again(section), *caveats(section)))


def _study(study: Study) -> Iterable[str]:
    yield f"{dataset_title(dataset_of(study))}: what helps?"
    answers = [(WORDINGS[each.topic].title, study_words.answer(study, each)) for each in study.questions]
    answers += [(each.title, each.sentence) for each in study_outlook.remarks(study)]
    for title, sentence in answers:
        yield ""
        yield title
        yield clean(plain(sentence))
    yield ""
    yield from map(clean, study_words.limits(study))


def _recommended(each: Recommendation, best: ModelSummary) -> str:
    model, note = each.model, clean(plain(each.note))
    if note:
        # That of the best model is about the others.
        note = f". {note[0].upper()}{note[1:]}." if model is best else f" ({note})"
    return (
        f"{clean(model.label)}: {measures.value(model.objective, model.value.mean)} "
        f"[{measures.interval(model.objective, model.value.interval)}], "
        f"trained in {formats.seconds(model.train_seconds.mean)}{note}"
    )


def _table(section: Section) -> Iterable[str]:
    beside = [title for each in measures.beside(section) for title in (each.words, "95 % interval")]
    header = ("model", section.objective.words, "± sd", "95 % interval", *beside, *_COSTS)
    lines = [header, *(_row(section, model) for model in section.models)]
    return aligned(lines, range(1, len(header)))


def _row(section: Section, model: ModelSummary) -> tuple[str, ...]:
    found, objective, ratio = model.value, section.objective, section.relative_time(model)
    beside: list[str] = []
    for each in measures.beside(section):
        other = model.measured(each)
        beside += (
            [formats.MISSING] * 2
            if other is None
            else [measures.value(each, other.mean), measures.interval(each, other.interval)]
        )
    return (
        formats.shorten(clean(model.label), _NAME_LENGTH),
        measures.value(objective, found.mean),
        formats.MISSING if found.sd is None else measures.spread(objective, found.sd),
        measures.interval(objective, found.interval),
        *beside,
        formats.seconds(model.train_seconds.mean),
        formats.MISSING if ratio is None else formats.times(ratio),
        formats.short_count(model.record.finals[0].parameters),
    )
