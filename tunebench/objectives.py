"""What a search maximises: accuracy, balanced accuracy, macro F1, or minus the loss.

A *score* is what is maximised, so the higher of two is the better one. A *value* is what is shown: the same,
except that a loss is shown without its minus.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from numpy.typing import NDArray

ObjectiveName = Literal["accuracy", "balanced_accuracy", "macro_f1", "loss"]
ClassWeights = Literal["none", "balanced"]

OBJECTIVE_NAMES: tuple[ObjectiveName, ...] = get_args(ObjectiveName)
CLASS_WEIGHTS: tuple[ClassWeights, ...] = get_args(ClassWeights)


@dataclass(frozen=True)
class Objective:
    """What is maximised.

    Attributes:
        name: As the option names it.
        words: In a sentence, such as ``balanced accuracy``.
    """

    name: ObjectiveName
    words: str

    @property
    def metric(self) -> str:
        """Its values in a history."""
        return f"val_{self.name}"

    @property
    def mode(self) -> Literal["max", "min"]:
        """Whether its values are to be high or low."""
        return "min" if self.name == "loss" else "max"

    @property
    def by_class(self) -> bool:
        """Whether every class counts the same, however many images it has."""
        return self.name in {"balanced_accuracy", "macro_f1"}

    @property
    def is_proportion(self) -> bool:
        """Whether its values are from 0 to 1."""
        return self.name != "loss"

    def score(self, value: float) -> float:
        """The score of a value, and the value of a score."""
        return -value if self.mode == "min" else value

    def of_classes(self, labels: "NDArray[Any]", predicted: "NDArray[Any]", num_classes: int) -> float:
        """The value of predictions, of an objective that counts every class the same.

        Args:
            labels: True classes, integers of shape ``(n,)``; at least one.
            predicted: Predicted classes, likewise.
            num_classes: Number of classes.

        Returns:
            From 0 to 1. Balanced accuracy is the mean recall of the classes that have images (K. H. Brodersen
            and others, "The balanced accuracy and its posterior distribution", ICPR 2010). Macro F1 is the
            mean F1 of all classes; a class without images and predictions counts 0.
        """
        import numpy as np  # noqa: PLC0415 (a quarter of a second, and the help needs the names only)

        # Not scikit-learn's, which would double a comparison's time by its import.
        images, named, hits = (
            np.bincount(classes, minlength=num_classes)
            for classes in (labels, predicted, labels[labels == predicted])
        )
        if self.name == "macro_f1":
            return float(np.mean(2 * hits / np.maximum(images + named, 1)))
        present = images > 0
        return float(np.mean(hits[present] / images[present]))

    def standard_error(self, score: float, images_per_class: Sequence[int]) -> float:
        """Of a score, if other images were used; infinite for a loss, for which it is not known.

        That of a proportion, or of the mean of a proportion in each class; for macro F1 an approximation.

        Args:
            score: The score.
            images_per_class: Images that it was measured on; at least one.
        """
        variance = score * (1 - score)
        if self.name == "accuracy":
            return math.sqrt(variance / sum(images_per_class))
        if self.by_class:
            present = [number for number in images_per_class if number]
            return math.sqrt(variance * sum(1 / number for number in present)) / len(present)
        return math.inf

    def chance_level(self, images_per_class: Sequence[int]) -> float:
        """The score that a model exceeds if it has learned anything.

        That of always naming the commonest class, and two standard errors of it; −∞ if that is not known
        beforehand, as of macro F1 and loss.

        Args:
            images_per_class: Validation images of each class; at least one.
        """
        if self.name == "accuracy":
            guessed = max(images_per_class) / sum(images_per_class)
        elif self.name == "balanced_accuracy":
            guessed = 1 / sum(number > 0 for number in images_per_class)
        else:
            return -math.inf
        return min(1.0, guessed + 2 * self.standard_error(guessed, images_per_class))


ACCURACY = Objective("accuracy", "accuracy")
OBJECTIVES: dict[str, Objective] = {
    each.name: each
    for each in (
        ACCURACY,
        Objective("balanced_accuracy", "balanced accuracy"),
        Objective("macro_f1", "macro F1"),
        Objective("loss", "loss"),
    )
}


def asked(settings: Mapping[str, object]) -> Objective:
    """The objective in a run's recorded settings; accuracy if they have none, or one that is unknown."""
    return OBJECTIVES.get(str(settings.get("objective")), ACCURACY)
