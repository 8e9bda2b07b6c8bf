"""A study as the page shows it: the published table beside ours, then an answer to each question."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.figure import Figure

from tunebench.comparison import Change, ModelSummary, Question, SizeCurve, Study
from tunebench.report import charts, formats, study_outlook, study_words, svg
from tunebench.report.charts.references import Reference
from tunebench.report.words import Sentence, dataset_title, plain

_NARROW = 330
# By the space that has a reference model's values as its defaults.
_NUMBERS = {"cnn1": 0, "cnn2": 1, "cnn3": 2, "mobilenet_v2": 3}


@dataclass(frozen=True)
class ReferenceRow:
    """A reference model: as published, if on these images, and as trained here; texts."""

    space: str
    layers: str
    epochs: str
    published_accuracy: str
    published_seconds: str
    accuracy: str
    interval: str
    seconds: str


@dataclass(frozen=True)
class ChangeRow:
    """A row of an answer's table; texts."""

    label: str
    before: str
    after: str
    difference: str
    interval: str
    p: str
    time: str
    verdict: str


@dataclass(frozen=True)
class AnswerView:
    """The answer to one question; without rows if it has no comparison."""

    key: str
    title: str
    compared: str
    sentence: Sentence
    wide_chart: Markup | None = None
    narrow_chart: Markup | None = None
    heads: tuple[str, ...] = ()
    rows: tuple[ChangeRow, ...] = ()


@dataclass(frozen=True)
class StudyView:
    """A study's part of the page."""

    key: str
    title: str
    published: bool
    images: str
    references: tuple[ReferenceRow, ...]
    answers: tuple[AnswerView, ...]
    limits: tuple[str, ...]
    commands: tuple[str, ...]


def study_view(study: Study, key: str) -> StudyView:
    """Collect what the page shows of a study.

    Args:
        study: Its results.
        key: Prefix of its identifiers.

    Returns:
        Its view.
    """
    rows = tuple(reference_rows(study))
    return StudyView(
        key=key,
        title=dataset_title(dataset_of(study)),
        published=any(row.published_accuracy for row in rows),
        images=_images(study),
        references=rows,
        answers=tuple(_answers(study, key)),
        limits=tuple(study_words.limits(study)),
        commands=study.commands,
    )


def _images(study: Study) -> str:
    """How many images the reference models were trained and tested on here."""
    if not study.references:
        return ""
    found = study.references[0].record.dataset
    return f"{found.train_size:,} training and {found.test_size:,} test images"


def dataset_of(study: Study) -> str:
    """The name of the data set, by which its folder is called."""
    return study.folder.folder.resolve().name


def reference_rows(study: Study) -> Iterable[ReferenceRow]:
    """The reference models as trained here, beside their published figures if those are of these images."""
    for model in study.references:
        dataset, number = model.record.dataset.name, _NUMBERS.get(model.record.space)
        published = charts.published(dataset)
        cited = published[number] if published and number is not None else None
        yield _reference_row(model, cited)


def _reference_row(model: ModelSummary, cited: Reference | None) -> ReferenceRow:
    found = model.accuracy_measured
    return ReferenceRow(
        space=model.record.space,
        layers=model.record.summary.partition(" (")[0].rstrip("."),
        epochs=formats.count(model.mean_of("epochs")),
        published_accuracy="" if cited is None else formats.percent(cited.accuracy, 2),
        published_seconds="" if cited is None else f"{cited.seconds}{formats.THIN}s",
        accuracy=formats.mean_and_spread(found.mean, found.sd),
        interval=formats.percent_interval(found.interval),
        seconds=formats.seconds(model.train_seconds.mean),
    )


def heads(question: Question) -> tuple[str, ...]:
    """The columns' titles of the rows of :func:`change_row`."""
    before, after = study_words.WORDINGS[question.topic].accuracies
    pairs = ((each.before, each.after) for each in question.changes)
    images = {tuple(model.record.dataset.train_size for model in pair) for pair in pairs}
    if question.topic == "data" and len(images) == 1:
        before, after = (f"on {number:,} images" for number in images.pop())
    return (
        "Tuner" if question.topic == "tuners" else "Model",
        f"Accuracy {before}",
        f"Accuracy {after}",
        "Change of accuracy",
        "95 % interval, points",
        "p",
        "Relative training time",
        "Verdict",
    )


def change_row(change: Change) -> ChangeRow:
    """The figures of a change as texts."""
    time = formats.MISSING
    if change.time is not None:
        ends = change.time.interval
        between = "" if ends is None else f" ({ends.low:.2f} to {ends.high:.2f})"
        time = f"{change.time.value:.2f}×{between}"
    verdict = "not established"
    if change.identical:
        verdict = "identical"
    elif change.established:
        verdict = "different as trained (one seed)" if change.as_trained else "different"
    return ChangeRow(
        label=change.label,
        before=formats.percent(change.before.accuracy.mean),
        after=formats.percent(change.after.accuracy.mean),
        difference=formats.points(change.estimate.value),
        interval=formats.signed_interval(change.interval),
        p=formats.p_value(change.p_adjusted),
        time=time,
        verdict=verdict,
    )


def _answers(study: Study, key: str) -> Iterable[AnswerView]:
    for number, question in enumerate(study.questions, start=1):
        words, place = study_words.WORDINGS[question.topic], f"{key}-q{number}"
        sentence = study_words.answer(study, question)
        if not question.answerable or all(each.same_training for each in question.changes):
            yield AnswerView(place, words.title, words.compared, sentence)
            continue
        wide, narrow = (
            svg.inline(figure, f"{place}-{size}", words.title, plain(sentence))
            for size, figure in (
                ("wide", _figure(study, question)),
                ("narrow", _figure(study, question, _NARROW)),
            )
        )
        rows = tuple(change_row(each) for each in question.changes)
        yield AnswerView(place, words.title, words.compared, sentence, wide, narrow, heads(question), rows)
    for number, remark in enumerate(study_outlook.remarks(study), start=1):
        yield AnswerView(f"{key}-r{number}", *remark)


def _figure(study: Study, question: Question, width: float = 620) -> Figure:
    if question.topic != "data" or not study.growth:
        return charts.changes(question.changes, width)
    curve = SizeCurve(dataset_of(study), tuple(each.series for each in study.growth))
    laws = {each.series.label: each.law for each in study.growth if each.law and each.law.falls}
    return charts.accuracy_against_size(curve, width, laws=laws)
