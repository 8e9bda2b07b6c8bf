"""A study's answers in words: what each change did to accuracy and training time, and what is established."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tunebench.comparison import Change, Growth, Interval, Question, Reuse, Study
from tunebench.comparison.study import Topic
from tunebench.report import formats
from tunebench.report.differences import times_with_interval
from tunebench.report.words import Name, Sentence, joined

_NAMED = 4


class Wording(NamedTuple):
    """A question, what is compared, and the words around what is established and what is not."""

    title: str
    compared: str
    begins: str
    open: str = "no change of accuracy is established for "


WORDINGS: dict[Topic, Wording] = {
    "search": Wording(
        "Does a search help?",
        "The winner of each search, with its epochs and early stopping, beside the reference model.",
        "a search makes ",
    ),
    "tuners": Wording(
        "Which tuner?",
        "What each tuner found for one space in the same wall time, beside random search.",
        "the winner is ",
        "no difference from random search is established for ",
    ),
    "augmentation": Wording(
        "Does augmentation help?",
        "The winners' values with augmentation and without it, no training stopped early.",
        "augmentation makes ",
    ),
    "early-stopping": Wording(
        "Does early stopping help?",
        "The winners' values with early stopping and without it, no image augmented. Either way the weights "
        "of the best epoch are kept.",
        "early stopping makes ",
    ),
    "together": Wording(
        "And augmentation with early stopping?",
        "The winners' values with both and with neither.",
        "both together make ",
    ),
    "data": Wording(
        "Would more images help?",
        "The winners' values on parts of the training images, for the same number of training steps.",
        # The numbers of images are put before it.
        " make ",
    ),
    "precision": Wording(
        "Does half precision help?",
        "The winners' values in mixed bfloat16 and in float32, without augmentation and early stopping.",
        "half precision makes ",
    ),
}
REUSE_TITLE = "Does keeping features help?"


def answer(study: Study, question: Question) -> Sentence:
    """The sentences about one question.

    Args:
        study: Has the fitted laws.
        question: One of its questions.

    Returns:
        What changed in accuracy, then in training time.
    """
    accuracy = _accuracy(question)
    if question.topic == "tuners":
        return (*accuracy, " ", *_trials(question))
    if question.topic == "data":
        return (*accuracy, " ", *_outlook(study.growth), " ", *_time(question.changes))
    return (*accuracy, " ", *_time(question.changes))


def reuse(found: Reuse) -> Sentence:
    """What keeping features saved a space."""
    times = formats.times((found.spent + found.saved) / max(found.spent, 1e-9)).removesuffix("×")
    more = f"{formats.seconds(found.saved)} more, timed once, so without an interval"
    return (
        "Search and final trainings of ",
        Name(found.label),
        f" would have taken {times} times as long with features computed for each training ({more}).",
    )


def limits(study: Study) -> Iterable[str]:
    """What the answers do not say, a sentence each."""
    if study.questions:
        yield (
            "Intervals hold for all models of a question at once. The questions were asked of one search per "
            "model: another search could find another winner."
        )
        changes = [change for each in study.questions for change in each.changes]
        if all(model.timing is None for each in changes for model in (each.before, each.after)):
            yield "The models were timed one after another: the load of the machine may have differed."
    if study.folder.record.settings.get("quick"):
        yield "A quick study: with more images, trials and epochs, the winners and the answers may be others."
    if study.unfinished:
        names = [formats.name(name) for name in study.unfinished]
        which = formats.listed(names) if len(names) <= _NAMED else f"{len(names)} of them"
        yield (
            f"Of the study's {len(study.folder.record.runs)} runs, some are not finished: {which}. The same "
            "command continues."
        )


def _accuracy(question: Question) -> Sentence:
    """What changed: such as that a search makes cnn3 3.1 points (0.5 to 5.7) better."""
    words, changes = WORDINGS[question.topic], question.changes
    begins = f"{_images(changes[0])}{words.begins}" if question.topic == "data" else words.begins
    established = [each for each in changes if each.established]
    clauses: list[Sentence] = []
    for sign, word in ((1, "better"), (-1, "worse")):
        if found := [each for each in established if sign * each.estimate.value > 0]:
            if question.topic == "tuners":
                by = [(f"{_size(each)} with ", Name(each.label)) for each in found]
                clauses.append((f"{begins}{word} than random search's by ", *joined(by, last=" and by ")))
            else:
                gains = [(Name(each.label), f" {_size(each)}") for each in found]
                clauses.append((begins, *joined(gains, last=" and "), f" {word}"))
    equal = [each for each in changes if not each.estimate.value and not each.estimate.variance]
    if rest := [each for each in changes if not each.established and each not in equal]:
        intervals = [(Name(each.label), f" ({_points(each.interval)})") for each in rest]
        clauses.append((words.open, *joined(intervals, last=" and ")))
    if equal:
        names = joined([(Name(each.label),) for each in equal], last=" and ")
        clauses.append(("the same images are classified correctly by ", *names))
    if any(each.as_trained for each in established):
        clauses.append(("with one seed, another seed could change that",))
    return _sentence(clauses)


def _images(change: Change) -> str:
    after, before = (model.record.dataset.train_size for model in (change.after, change.before))
    return f"{after:,} images instead of {before:,}"


def _sentence(clauses: Sequence[Sentence]) -> Sentence:
    first, *rest = joined(clauses, "; ")
    return (first[0].upper() + first[1:], *rest, ".")


def _size(change: Change) -> str:
    """``3.1 points (0.5 to 5.7)``, without its direction."""
    interval = change.interval
    if change.estimate.value < 0:
        interval = Interval(-interval.high, -interval.low)
    return f"{formats.points(abs(change.estimate.value))} ({formats.signed_interval(interval)})"


def _points(interval: Interval) -> str:
    return f"{formats.signed_interval(interval)} points"


def _time(changes: Sequence[Change]) -> Sentence:
    """How long it trains: such as that training takes cnn3 1.3 times (1.2 to 1.4) as long."""
    slower: list[Sentence] = []
    faster: list[Sentence] = []
    same: list[Sentence] = []
    unknown: list[Sentence] = []
    for each in changes:
        name, ratio = Name(each.label), each.time
        if ratio is None:
            unknown.append((name, " (timed under different conditions)"))
        elif ratio.interval is None:
            unknown.append((name, f" ({formats.times(ratio.value)}, timed too few times)"))
        elif ratio.slower:
            times = times_with_interval(ratio.value, ratio.interval.low, ratio.interval.high)
            slower.append((f"{times}{'' if slower else ' as long'} for ", name))
        elif ratio.faster:
            times = times_with_interval(1 / ratio.value, 1 / ratio.interval.high, 1 / ratio.interval.low)
            faster.append((f"{times}{'' if faster else ' as fast'} for ", name))
        else:
            same.append((name, f" ({ratio.interval.low:.2g} to {ratio.interval.high:.2g} times)"))
    clauses: list[Sentence] = [
        (begins, *joined(found, last=" and "))
        for begins, found in (
            ("training takes ", slower),
            ("training is ", faster),
            ("no change of training time is established for ", same),
            ("it is open how training time changes for ", unknown),
        )
        if found
    ]
    return _sentence(clauses)


def _trials(question: Question) -> Sentence:
    models = {"random": question.changes[0].before, **{each.label: each.after for each in question.changes}}
    searches = [(name, model.record.search) for name, model in models.items()]
    trials = [f"{name} {search.trials:,}" for name, search in searches if search is not None]
    space = models["random"].record.space
    return ("Trials of ", Name(space), f" in that time: {', '.join(trials)}.")


def _outlook(growth: Sequence[Growth]) -> Sentence:
    """What twice as many images would do, by the fitted laws."""
    laws = [(each.series.label, each.law) for each in growth if each.law is not None]
    clauses: list[Sentence] = []
    if sure := [(label, law) for label, law in laws if law.established]:
        gains = [
            (Name(label), f" {formats.points(law.gain)} ({formats.signed_interval(law.interval)})")
            for label, law in sure
        ]
        clauses.append(("twice as many would probably make ", *joined(gains, last=" and "), " better"))
    if rest := [(label, law) for label, law in laws if not law.established]:
        intervals = [(Name(label), f" ({_points(law.interval)})") for label, law in rest]
        start = "that twice as many would help is not established for "
        clauses.append((start, *joined(intervals, last=" and ")))
    if not clauses:
        return ("What more images would do cannot be told from these sizes.",)
    return ("If errors keep falling by a power law, ", *joined(clauses, "; "), ".")
