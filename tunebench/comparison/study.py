"""What the runs of a study say about its questions: changes in accuracy and in training time."""

from collections.abc import Iterable
from dataclasses import dataclass

from tunebench.comparison.change import Change, changes, scatter
from tunebench.comparison.crossed import Crossed
from tunebench.comparison.data_size import SizeSeries
from tunebench.comparison.model_summary import ModelSummary, summarise
from tunebench.comparison.power_law import PowerLaw, power_law
from tunebench.comparison.study_pairs import (
    TOPICS,
    USUAL_TUNER,
    Models,
    Repeat,
    Topic,
    compared,
    images,
    repeats,
    sizes,
)
from tunebench.runs import Run
from tunebench.runs.study_fit import misfits
from tunebench.runs.study_record import StudyFolder

# With fewer trials, a tuner has hardly searched, and its winner says little about it.
FEWEST_TRIALS = 5


@dataclass(frozen=True, eq=False)
class Question:
    """A question of the study.

    Attributes:
        topic: What it asks.
        changes: Of each model.
        repeats: The models that another question has answered for; with ``changes``, at least one.
    """

    topic: Topic
    changes: tuple[Change, ...]
    repeats: tuple[Repeat, ...] = ()

    @property
    def trials(self) -> dict[str, int]:
        """The trials of each search, by the change's label; of tuners, the usual one's come first."""
        searches = {change.label: change.after.record.search for change in self.changes}
        searches = {USUAL_TUNER: self.changes[0].before.record.search, **searches}
        return {tuner: search.trials for tuner, search in searches.items() if search is not None}

    @property
    def answerable(self) -> bool:
        """Whether the changes answer it: tuners that made a few trials only cannot be compared."""
        return self.topic != "tuners" or min(self.trials.values(), default=0) >= FEWEST_TRIALS


@dataclass(frozen=True, eq=False)
class Growth:
    """One space on several numbers of training images.

    Attributes:
        series: The models, by ascending number.
        law: What more images would give; ``None`` if it cannot be fitted.
    """

    series: SizeSeries
    law: PowerLaw | None


@dataclass(frozen=True)
class Reuse:
    """What keeping the features of a frozen network saved one space's search and final trainings.

    Attributes:
        label: The space.
        saved: Seconds that computing them again each time would have added, at least.
        spent: Seconds of the search and of the final trainings.
    """

    label: str
    saved: float
    spent: float


@dataclass(frozen=True, eq=False)
class Study:
    """A study's results.

    Attributes:
        folder: Where it is, and what it consists of.
        references: The reference models, in the order of the study.
        questions: Those that its finished runs answer.
        growth: The spaces that were trained on several numbers of images.
        reuse: The spaces with a frozen network.
        unfinished: Names of the runs that are still to be made.
        problems: What could not be read, one line each.
        noise: How many times as long as each other identical trainings took, at most; 1 if there are none.
        commands: Those that made the runs or timed them again, the earliest first.
    """

    folder: StudyFolder
    references: tuple[ModelSummary, ...]
    questions: tuple[Question, ...]
    growth: tuple[Growth, ...]
    reuse: tuple[Reuse, ...]
    unfinished: tuple[str, ...]
    problems: tuple[str, ...]
    noise: float
    commands: tuple[str, ...]

    def question(self, topic: Topic) -> Question | None:
        """The question of a topic, if it was answered."""
        return next((each for each in self.questions if each.topic == topic), None)


def evaluate(study: StudyFolder, runs: Iterable[Run]) -> Study:
    """Answer a study's questions from its finished runs.

    Args:
        study: What it consists of.
        runs: Any runs; those in its folder are used.

    Returns:
        The results. The changes of one question are corrected together.
    """
    here = {run.folder.name: run for run in runs if run.folder.parent.resolve() == study.folder.resolve()}
    wrong = misfits(study, here)
    here = {name: run for name, run in here.items() if name not in wrong}
    made = [(planned, here[planned.name]) for planned in study.record.runs if planned.name in here]
    models = [(planned, summarise(run, planned.name)) for planned, run in made]
    spaces = [*dict.fromkeys(planned.space for planned, _ in models)]
    noise = scatter(model for _, model in models)
    questions = [_question(topic, models, noise) for topic in TOPICS]
    return Study(
        folder=study,
        references=tuple(model for planned, model in models if planned.role == "reference"),
        questions=tuple(each for each in questions if each.changes or each.repeats),
        growth=tuple(filter(None, (_growth(models, space) for space in spaces))),
        reuse=tuple(filter(None, (_reuse(p.space, model) for p, model in models if p.role == "tuned"))),
        unfinished=tuple(each.name for each in study.record.runs if each.name not in here),
        problems=(*wrong.values(), *(problem for _, model in models for problem in model.problems)),
        noise=noise,
        commands=_commands(model for _, model in models),
    )


def _commands(models: Iterable[ModelSummary]) -> tuple[str, ...]:
    typed: list[tuple[str, str]] = []
    for model in models:
        typed.append((model.record.started_at, model.record.command))
        if model.timing is not None:
            typed.append((model.timing.started_at, model.timing.command))
    return tuple(dict.fromkeys(command for _, command in sorted(typed) if command))


def _question(topic: Topic, models: Models, noise: float) -> Question:
    answered = tuple(repeats(models)) if topic == "together" else ()
    others = {each.label for each in answered}
    pairs = [pair for pair in compared(topic, models) if pair[0] not in others]
    return Question(topic, changes(pairs, any_precision=topic == "precision", noise=noise), answered)


def _growth(models: Models, space: str) -> Growth | None:
    found = sizes(models, space)
    same = [model for model in found if model.test_labels == found[-1].test_labels is not None]
    if len(same) < 2:  # noqa: PLR2004 (a step)
        return None
    crossed = [Crossed(model.correct) for model in same if model.correct is not None]
    rises = changes([(space, same[-2], same[-1])])
    rising = any(each.established and each.estimate.value > 0 for each in rises)
    law = power_law([images(model) for model in same], crossed)
    return Growth(SizeSeries(space, tuple(same), rising), law)


def _reuse(space: str, model: ModelSummary) -> Reuse | None:
    """What each trial and final training would have spent on features that an earlier one had computed."""
    search, prefixes = model.record.search, [trial.seconds.prefix for trial in model.trials]
    if search is None or not any(prefixes):
        return None
    finals = model.record.finals
    again = sum(prefixes) - sum(set(prefixes)) + sum(final.prefix_seconds for final in finals)
    trained = sum(final.setup_seconds + final.fit_seconds for final in finals)
    return Reuse(space, again, search.seconds + trained)
