"""What more accuracy costs in training time, step by step along the front."""

from collections.abc import Iterable
from itertools import pairwise

from tunebench.comparison import ModelSummary, Section, Standing
from tunebench.report import formats, measures
from tunebench.report.words import Name, Sentence, joined

# With fewer models, the comparison with the best one says the same.
_FEWEST = 3
# A smaller gain in score is not listed as a step.
_STEP = 0.02
_MOST = 6


def along_the_front(section: Section) -> Iterable[Sentence]:
    """From the fastest model on the front to the best one: what each step gains and costs.

    Args:
        section: The models of one data set.

    Yields:
        One sentence, if three or more models are on the front.
    """
    front = [model for model in section.models if section.standings[model.label] is Standing.FRONT]
    front.sort(key=lambda model: model.train_seconds.mean)
    if len(front) < _FEWEST:
        return
    value, seconds = measures.value(section.objective, front[0].value.mean), front[0].train_seconds.mean
    start: Sentence = (Name(front[0].label), f" ({value} in {formats.seconds(seconds)})")
    steps: list[Sentence] = []
    for cheaper, dearer in pairwise(_stages(front)):
        gain = measures.difference(section.objective, dearer.score - cheaper.score)
        cost = formats.seconds(dearer.train_seconds.mean - cheaper.train_seconds.mean)
        steps.append((Name(dearer.label), f" +{gain} for {cost} more"))
    yield ("From the fastest model to the best: ", *joined([start, *steps], ", "), ".")


def _stages(front: list[ModelSummary]) -> list[ModelSummary]:
    """The fastest model, the best one, and those between them that gain enough; the largest gains of many."""
    stages = front[:1]
    for model in front[1:-1]:
        if model.score - stages[-1].score >= _STEP:
            stages.append(model)
    while len(stages) >= _MOST:
        gains = [model.score - before.score for before, model in pairwise(stages)]
        del stages[1 + gains.index(min(gains))]
    return [*stages, front[-1]]
