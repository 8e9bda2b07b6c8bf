"""Group runs into one section per data set, whose models are compared with each other."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from tunebench.comparison.asked import as_asked
from tunebench.comparison.comparable_times import TimingConditions, differences
from tunebench.comparison.data_size import SizeCurve, size_curves
from tunebench.comparison.front import Standing, standings
from tunebench.comparison.model_summary import ModelSummary, summarise
from tunebench.comparison.pairs import Pair, Verdict, compare_pairs, family_size, same_images
from tunebench.comparison.shrinkage import FEWEST_MODELS, shrunken
from tunebench.comparison.study import Study, evaluate
from tunebench.comparison.time_ratio import TimeRatio, time_ratio
from tunebench.home import typed
from tunebench.objectives import ACCURACY, Objective
from tunebench.options import WITHIN
from tunebench.records import DatasetRecord
from tunebench.runs import Run, Selection

# From this ratio of the largest to the smallest class on, accuracy says little about the rare classes.
IMBALANCED = 1.5


@dataclass(frozen=True, eq=False)
class Section:
    """The models of one data set.

    Attributes:
        dataset: The data set.
        models: The best first, by their objective; of equally good ones, the faster first.
        pairs: The compared pairs, in the order of the models.
        within: How much worse than the best model a faster one may be to be recommended, in hundredths of
            the score: points of accuracy.
        command: Compares them again, as words; of a study, and if its page is known, writes that page.
        noise: The ratio of training times of identical trainings in their study, at most.
    """

    dataset: DatasetRecord
    models: tuple[ModelSummary, ...]
    pairs: tuple[Pair, ...]
    within: float = WITHIN
    command: tuple[str, ...] = ("tunebench", "compare")
    noise: float = 1.0

    @property
    def objective(self) -> Objective:
        """What the models are compared by: what all of them were asked to maximise, otherwise accuracy."""
        return self.models[0].objective

    @cached_property
    def is_imbalanced(self) -> bool:
        """Whether the largest class of the test split is over 1.5 times the smallest; false if unknown."""
        for model in self.models:
            if model.predictions:
                classes = len(self.dataset.class_names)
                numbers = np.bincount(model.predictions[0].labels, minlength=classes)
                return bool(numbers.max() > IMBALANCED * numbers.min())
        return False

    @cached_property
    def timing_conditions(self) -> tuple[TimingConditions, ...]:
        """The distinct timing conditions; times are comparable if there is one."""
        return tuple(dict.fromkeys(model.timing_conditions for model in self.models))

    @property
    def timing_differences(self) -> dict[str, list[str]]:
        """The conditions that make times incomparable, with their values; empty if times are comparable."""
        return differences(self.timing_conditions)

    @cached_property
    def family(self) -> int:
        """Number of comparisons that the p-values are corrected for."""
        return family_size(self.models)

    @cached_property
    def best_corrected(self) -> float | None:
        """The best model's score, corrected for having been chosen as the best of five or more models.

        ``None`` with fewer, or if predictions of some model are missing.
        """
        estimates = [model.estimate for model in self.models]
        known = [each for each in estimates if each is not None]
        if len(known) < len(estimates) or len(known) < FEWEST_MODELS:
            return None
        return shrunken([each.value for each in known], [each.variance for each in known])[0]

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """Each model's standing between accuracy and training time, by label."""
        established = {
            (pair.better.label, pair.worse.label): pair.verdict is Verdict.ESTABLISHED for pair in self.pairs
        }
        return standings(self.models, established, self.noise)

    def is_within(self, model: ModelSummary) -> bool:
        """Whether a model is at most :attr:`within` worse than the best one."""
        return self.models[0].score - model.score <= self.within / 100

    def pair(self, first: ModelSummary, second: ModelSummary) -> Pair | None:
        """The pair of two models, in either order; ``None`` if it was left out of many."""
        wanted = {first.label, second.label}
        return next((pair for pair in self.pairs if {pair.better.label, pair.worse.label} == wanted), None)

    def time_ratio(self, first: ModelSummary, second: ModelSummary) -> TimeRatio | None:
        """The training time of one model in relation to another's; ``None`` if they cannot be compared."""
        return time_ratio(first, second, noise=self.noise)

    def relative_time(self, model: ModelSummary) -> float | None:
        """Training time relative to the fastest model with the same conditions; ``None`` if that is 0.

        A ratio of geometric means, as everywhere on the page.
        """
        fastest = self._fastest[model.timing_conditions]
        return model.train_seconds.geometric_mean / fastest if fastest > 0 else None

    @cached_property
    def _fastest(self) -> dict[TimingConditions, float]:
        """The shortest geometric mean of training times under each conditions."""
        found: dict[TimingConditions, float] = {}
        for model in self.models:
            seconds = model.train_seconds.geometric_mean
            found[model.timing_conditions] = min(seconds, found.get(model.timing_conditions, seconds))
        return found


@dataclass(frozen=True, eq=False)
class Comparison:
    """The contents of the page and the tables.

    Attributes:
        sections: One per data set, the one with most models first.
        problems: What was left out or could not be read, one line each.
        size_curves: Accuracy against the number of training images, for spaces run on several.
        studies: The results of the studies that were named. Of their runs, only the reference models and the
            tuned ones are in ``sections``, if there are any.
    """

    sections: tuple[Section, ...]
    problems: tuple[str, ...]
    size_curves: tuple[SizeCurve, ...] = ()
    studies: tuple[Study, ...] = ()


def compare_runs(selection: Selection, within: float = WITHIN, page: Path | None = None) -> Comparison:
    """Compare the runs of each data set.

    Args:
        selection: The runs, and the problems found when selecting them.
        within: See :class:`Section`.
        page: The page that will show it, if any.

    Returns:
        The comparison.
    """
    studies = tuple(evaluate(study, selection.runs) for study in selection.studies)
    runs = _without_details(selection)
    summaries = _by_objective([summarise(*each) for each in zip(runs, _unique_labels(runs), strict=True)])
    again = _again(selection, page)
    sections = [_section(group, within, studies, again) for group in _grouped(summaries)]
    problems = [*selection.problems, *(problem for model in summaries for problem in model.problems)]
    problems += [problem for section in sections for problem in _foreign_predictions(section)]
    problems += [each for study in studies for each in study.problems if each not in problems]
    sections.sort(
        key=lambda section: (-len(section.models), section.dataset.name, -section.dataset.train_size)
    )
    return Comparison(tuple(sections), tuple(problems), size_curves(summaries), studies)


def _without_details(selection: Selection) -> list[Run]:
    """The runs without those that only answer a question of a study, unless there are no others."""
    details = {
        study.folder.resolve() / run.name
        for study in selection.studies
        for run in study.record.runs
        if run.role not in {"reference", "tuned"}
    }
    return [run for run in selection.runs if run.folder.resolve() not in details] or [*selection.runs]


def _grouped(models: Iterable[ModelSummary]) -> list[list[ModelSummary]]:
    """The models of each data set."""
    groups: dict[tuple[str, str], list[ModelSummary]] = {}
    for model in models:
        dataset = model.record.dataset
        groups.setdefault((dataset.name, _images(dataset)), []).append(model)
    return [*groups.values()]


def _by_objective(models: Sequence[ModelSummary]) -> list[ModelSummary]:
    """The models, to be compared by what all of a data set maximised; by accuracy if one's is unknown."""
    objectives: dict[ModelSummary, Objective] = {}
    for group in _grouped(models):
        asked = {model.asked for model in group}
        common = len(asked) == 1 and all(model.predictions for model in group)
        for model in group:
            objectives[model] = model.asked if common else ACCURACY
    return [replace(model, objective=objectives[model]) for model in models]


def _section(
    group: Iterable[ModelSummary], within: float, studies: Sequence[Study], command: tuple[str, ...]
) -> Section:
    models = sorted(group, key=lambda model: (-model.score, model.train_seconds.mean, model.label))
    pairs = as_asked(compare_pairs(models), studies)
    folders = {model.run.folder.parent.resolve() for model in models}
    noise = max((each.noise for each in studies if each.folder.folder.resolve() in folders), default=1.0)
    return Section(models[0].record.dataset, tuple(models), tuple(pairs), within, command, noise)


def _again(selection: Selection, page: Path | None) -> tuple[str, ...]:
    """The command that compares the same again; of a study, and if its page is known, it writes that page."""
    studies = [typed(study.folder) for study in selection.studies]
    out = ["--out", str(page)] if studies and page is not None else []
    return ("tunebench", "compare", *(selection.again or studies), *out)


def _foreign_predictions(section: Section) -> Iterable[str]:
    paired = same_images(section.models)
    others = f"{paired[0].label}'s" if paired else "each other"
    for model in section.models:
        if model.predictions and model not in paired:
            yield (
                f"{model.label}: its predictions are of other images than {others}, "
                "although run.json names the same data set; it is compared without paired tests."
            )


def _images(dataset: DatasetRecord) -> str:
    """Identifies the images, whatever size the models got them in."""
    return dataset.identity or dataset.sha256


def _unique_labels(runs: Sequence[Run]) -> list[str]:
    """The runs' names, with a distinguishing folder if runs on one data set share a name."""
    names = [(_images(run.record.dataset), run.record.name) for run in runs]
    counts = Counter(names)
    labels: dict[tuple[str, str], None] = {}
    for run, name in zip(runs, names, strict=True):
        label = run.record.name if counts[name] == 1 else f"{run.record.name} ({_where(run, runs)})"
        # The name of a run may equal another one's name with its folder.
        while (name[0], label) in labels:
            label += "'"
        labels[name[0], label] = None
    return [label for _, label in labels]


def _where(run: Run, runs: Sequence[Run]) -> str:
    """The shortest ending of the folder's path that distinguishes the run from its namesakes."""
    namesakes = [other for other in runs if other is not run and other.record.name == run.record.name]
    parts = run.folder.absolute().parts
    for length in range(1, len(parts) + 1):
        ending = parts[-length:]
        if all(other.folder.absolute().parts[-length:] != ending for other in namesakes):
            return "/".join(ending)
    return str(run.folder)
