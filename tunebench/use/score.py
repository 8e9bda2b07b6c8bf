"""How well labelled images were predicted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tunebench.comparison.intervals import Interval, mean_of_proportions, wilson
from tunebench.plain_text import clean
from tunebench.progress import plural


@dataclass
class Score:
    """Counts of labelled images and of correct predictions.

    Attributes:
        class_names: In the order of the labels.
        images: Of each class.
        correct: Of each class, those that were predicted as it.
    """

    class_names: Sequence[str]
    images: list[int] = field(init=False)
    correct: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.images = [0] * len(self.class_names)
        self.correct = [0] * len(self.class_names)

    def add(self, label: int, predicted: int) -> None:
        """Count an image."""
        self.images[label] += 1
        self.correct[label] += label == predicted

    @property
    def accuracy(self) -> float:
        """From 0 to 1; at least one image must be counted."""
        return sum(self.correct) / sum(self.images)

    @property
    def accuracy_interval(self) -> Interval:
        """Its 95 % interval for other images."""
        return wilson(self.accuracy, sum(self.images))

    @property
    def balanced_accuracy(self) -> float:
        """The mean over the classes that have images, from 0 to 1."""
        shares = self._shares()
        return sum(shares) / len(shares)

    @property
    def balanced_interval(self) -> Interval:
        """Its 95 % interval for other images."""
        return mean_of_proportions(self._shares(), [number for number in self.images if number])

    def lines(self) -> Iterator[str]:
        """The figures as text: of all images, then of each class."""
        yield f"Scored by their class folders: {plural(sum(self.images), 'image')}."
        yield f"accuracy           {_text(self.accuracy, self.accuracy_interval)}"
        yield f"balanced accuracy  {_text(self.balanced_accuracy, self.balanced_interval)}"
        names = [clean(name) for name in self.class_names]
        width = max(map(len, ("class", *names)))
        yield f"{'class':{width}}{'images':>10}{'correct':>10}"
        for name, images, correct in zip(names, self.images, self.correct, strict=True):
            share = f"{correct / images:.1%}" if images else "–"
            yield f"{name:{width}}{images:>10,}{share:>10}"

    def _shares(self) -> list[float]:
        counts = zip(self.correct, self.images, strict=True)
        return [correct / images for correct, images in counts if images]


def _text(value: float, interval: Interval) -> str:
    return f"{value:6.1%}  (95 % interval {interval.low:.1%} to {interval.high:.1%})"
