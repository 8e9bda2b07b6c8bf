"""A study's answers in words: what each change did to accuracy and training time, and what is established."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tunebench.comparison import Change, Interval, Question, Study
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.comparison.study_pairs import Topic
from tunebench.report import formats
from tunebench.report.study_outlook import outlook
from tunebench.report.study_same import both_are_one, nothing_changed, same_values
from tunebench.report.study_times import times
from tunebench.report.words import Name, Sentence, joined, sentence_of

_NAMED = 4


class Wording(NamedTuple):
    """A question, what is compared, and the words around what is established and what is not.

    ``accuracies`` names the two that are compared.
    """

    title: str
    compared: str
    accuracies: tuple[str, str]
    begins: str
    open: str = "no change of accuracy is established for "


WORDINGS: dict[Topic, Wording] = {
    "search": Wording(
        "Does a search help?",
        "The winner of each search beside the reference model. They may also differ in their number of "
        "epochs, and only the winner stops early: part of a change may come from that.",
        ("of the reference model", "of the search's winner"),
        "a search makes ",
    ),
    "tuners": Wording(
        "Which tuner?",
        "What each tuner found for one space in the same wall time, beside random search.",
        ("by random search", "by this tuner"),
        "the winner is ",
        "no difference from random search is established for ",
    ),
    "augmentation": Wording(
        "Does augmentation help?",
        "The winners' values with augmentation and without it, no training stopped early.",
        ("without augmentation", "with augmentation"),
        "augmentation makes ",
    ),
    "early-stopping": Wording(
        "Does early stopping help?",
        "The winners' values with early stopping and without it, no image augmented. Either way the weights "
        "of the best epoch are kept.",
        ("without early stopping", "with early stopping"),
        "early stopping makes ",
    ),
    "together": Wording(
        "Do augmentation and early stopping help together?",
        "The winners' values with both and with neither.",
        ("with neither", "with both"),
        "both together make ",
    ),
    "data": Wording(
        "Would more images help?",
        "The winners' values on parts of the training images. Epochs are divided by the share and rounded: "
        "all are trained for about the same number of steps.",
        ("on fewer images", "on all images"),
        # The numbers of images are put before it.
        " make ",
    ),
    "precision": Wording(
        "Does half precision help?",
        "The winners' values in mixed bfloat16 and in float32, without augmentation and early stopping.",
        ("in float32", "in bfloat16"),
        "half precision makes ",
    ),
}


def answer(study: Study, question: Question) -> Sentence:
    """The sentences about one question.

    Args:
        study: Has the fitted laws.
        question: One of its questions.

    Returns:
        What changed in accuracy, then in training time.
    """
    if question.topic == "tuners":
        return _of_tuners(question)
    parts = [_accuracy(question)]
    if question.topic == "search":
        parts += [*same_values(question.changes), _trials(question)]
    if question.topic == "data":
        parts.append(outlook(study))
    # The same trainings differ in time by chance only.
    timed = [each for each in question.changes if not each.same_training]
    if timed:
        parts.append(times(timed, study.folder.folder))
    return joined(parts, " ")


def limits(study: Study) -> Iterable[str]:
    """What the answers do not say, a sentence each."""
    changes = [change for each in study.questions for change in each.changes]
    if not changes and not study.reuse:
        yield "Nothing is compared yet: each question needs two finished runs of a space."
    if changes:
        yield (
            "Intervals hold for all models of a question at once. The questions were asked of one search per "
            "model: another search could find another winner."
        )
        if any(each.time is not None and each.time.interval is None for each in changes):
            number = formats.number_word(ENOUGH_SEEDS)
            yield f"Training times without an interval were timed fewer than {number} times."
        again = [model.timing is not None for each in changes for model in (each.before, each.after)]
        if not all(again):
            which = "Models that were not timed again" if any(again) else "The models"
            yield f"{which} were timed one after another: the load of the machine may have differed."
    if study.noise > 1:
        yield (
            f"Identical trainings took up to {study.noise:.2f} times as long as each other: a change of "
            "training time is called established only if its interval lies beyond that."
        )
    if study.folder.record.settings.get("quick"):
        yield "A quick study: with more images, trials and epochs, the winners and the answers may differ."
    if study.unfinished:
        names = [formats.name(name) for name in study.unfinished]
        which = f" ({formats.listed(names)})" if len(names) <= _NAMED else ""
        are, them = ("is", "it") if len(names) == 1 else ("are", "them")
        yield (
            f"{len(names)} of the study's {formats.counted(len(study.folder.record.runs), 'run')} {are} not "
            f"finished{which}. The same command makes {them}, unless --only leaves {them} out."
        )


def _trials(question: Question) -> Sentence:
    """How much was searched: a winner of a few trials is often a starting point that came with its space."""
    made = [(Name(space), f" {number:,}") for space, number in question.trials.items()]
    return ("Trials: ", *joined(made, last=" and "), ".")


def _of_tuners(question: Question) -> Sentence:
    space, trials = question.changes[0].before.record.space, question.trials
    made = ", ".join(f"{tuner} {number:,}" for tuner, number in trials.items())
    if not question.answerable:
        why = "The tuners cannot be compared: in the time that each had, they made too few trials of "
        return (why, Name(space), f" ({made}).")
    same = same_values([each for each in question.changes if not each.identical], "random search")
    return joined(
        [_accuracy(question), *same, ("Trials of ", Name(space), f" in that time: {made}.")],
        " ",
    )


def _accuracy(question: Question) -> Sentence:
    """What changed: such as that a search makes cnn3 3.1 points (0.5 to 5.7) better."""
    words, changes = WORDINGS[question.topic], question.changes
    images = _images(changes[0]) if question.topic == "data" else ""
    established = [each for each in changes if each.established]
    clauses: list[Sentence] = []
    for sign, word in ((1, "better"), (-1, "worse")):
        if found := [each for each in established if sign * each.estimate.value > 0]:
            if question.topic == "tuners":
                by = [(f"{_size(each)} with ", Name(each.label)) for each in found]
                clauses.append(
                    (f"{words.begins}{word} than random search's by ", *joined(by, last=" and by "))
                )
            else:
                gains = [(Name(each.label), f" {_size(each)}") for each in found]
                clauses.append((f"{images}{words.begins}", *joined(gains, last=" and "), f" {word}"))
    identical = [each for each in changes if each.identical]
    groups = ([each for each in identical if each.same_training is same] for same in (True, False))
    clauses += [nothing_changed(question.topic, group) for group in groups if group]
    clauses += both_are_one(question.repeats)
    rest = [each for each in changes if not each.established and not each.identical]
    equal = [each for each in rest if not each.estimate.value and not each.estimate.variance]
    unclear = [each for each in rest if each.says_nothing]
    if doubtful := [each for each in rest if each not in equal and each not in unclear]:
        instead = f" with {images}" if images else ""
        clauses.append((words.open, *_with_intervals(doubtful), instead))
    if unclear:
        clauses.append(("seeds or test images are too few to tell for ", *_with_intervals(unclear)))
    if equal:
        names = joined([(Name(each.label),) for each in equal], last=" and ")
        verb = "classifies" if len(equal) == 1 else "classify"
        clauses.append(("either way, ", *names, f" {verb} the same images correctly"))
    if any(each.as_trained for each in established):
        clauses.append(("with one seed, another seed could change that",))
    return sentence_of(clauses)


def _with_intervals(changes: Sequence[Change]) -> Sentence:
    found = [(Name(each.label), f" ({formats.signed_interval(each.interval)} points)") for each in changes]
    return joined(found, last=" and ")


def _images(change: Change) -> str:
    after, before = (model.record.dataset.train_size for model in (change.after, change.before))
    return f"{after:,} images instead of {before:,}"


def _size(change: Change) -> str:
    """``3.1 points (0.5 to 5.7)``, without its direction."""
    interval = change.interval
    if change.estimate.value < 0:
        interval = Interval(-interval.high, -interval.low)
    return f"{formats.points(abs(change.estimate.value))} ({formats.signed_interval(interval)})"
