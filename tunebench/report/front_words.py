"""What more accuracy costs in training time, step by step along the front."""

from collections.abc import Iterable
from itertools import pairwise

from tunebench.comparison import Section, Standing
from tunebench.report import formats, measures
from tunebench.report.words import Name, Sentence, joined

# With fewer models, the comparison with the best one says the same.
_FEWEST = 3
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
    first = front[0]
    value, seconds = measures.value(section.objective, first.value.mean), first.train_seconds.mean
    start: Sentence = (Name(first.label), f" ({value} in {formats.seconds(seconds)})")
    steps: list[Sentence] = []
    for cheaper, dearer in pairwise(front):
        gain = measures.difference(section.objective, dearer.score - cheaper.score)
        cost = formats.seconds(dearer.train_seconds.mean - cheaper.train_seconds.mean)
        steps.append((Name(dearer.label), f" +{gain} for {cost} more"))
    shown = steps[:_MOST]
    more = len(steps) - len(shown)
    rest = f"; {more} more {'step' if more == 1 else 'steps'}" if more else ""
    yield ("From the fastest model to the best: ", *joined([start, *shown], ", "), f"{rest}.")
