"""What the figures of a model do not show, in sentences."""

from collections.abc import Iterator

import numpy as np

from tunebench.comparison import ModelSummary
from tunebench.report import formats

# With fewer test images, the recall of a class is known to ten points or worse.
_FEW = 50
_NAMED = 5


def sentences(model: ModelSummary) -> Iterator[str]:
    """Limits of a model's figures.

    Args:
        model: The model.

    Yields:
        Plain text, not escaped.
    """
    record, dataset = model.record, model.record.dataset
    chosen = "Hyperparameters and the epochs" if record.search is not None else "The epochs"
    yield (
        f"{chosen} that were kept are those with the best {model.asked.words} on {dataset.validation_size:,} "
        "validation images, so figures on these are too good."
    )
    yield (
        f"The test accuracy comes from one split of {dataset.test_size:,} test images, which chose nothing. "
        "Its interval is for other images of the same kind: not for other cameras, places or times, and "
        "another test split was not tried."
    )
    if model.seeds == 1:
        yield "It was trained with one seed: how much another one changes it is not known."
    else:
        yield f"It was trained with {model.seeds} seeds, whose spread is a rough estimate of their effect."
    if not model.predictions:
        yield "The interval is for other test images only, because the predictions are missing."
    elif not model.beats_guessing:
        yield "It is not clearly better than guessing by how common the classes are."
    yield from _rare(model)
    yield (
        f"It names one of its {len(dataset.class_names):,} classes for every image, also for one that shows "
        "none of them, and it was not checked how far its probabilities can be trusted."
    )
    yield (
        "Whether it is equally good for all groups of people, devices or places was not examined, nor what "
        "an image made to deceive it does."
    )


def _rare(model: ModelSummary) -> Iterator[str]:
    if not model.predictions:
        return
    names = model.record.dataset.class_names
    counts = np.bincount(model.predictions[0].labels, minlength=len(names))
    rare = [formats.name(names[place]) for place in np.argsort(counts, kind="stable") if counts[place] < _FEW]
    if len(rare) == len(names):
        yield f"No class has {_FEW} test images, so the recall of each is known only roughly."
    elif rare:
        listed = rare[:_NAMED] if len(rare) <= _NAMED else [*rare[:_NAMED], f"{len(rare) - _NAMED} more"]
        yield (
            f"Fewer than {_FEW} test images show {formats.listed(listed)}: "
            f"{'its' if len(rare) == 1 else 'their'} recall is known only roughly."
        )
