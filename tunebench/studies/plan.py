"""What a study consists of: its runs, in the order in which they are made."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tunebench.options import DEFAULT_TRIALS, TUNERS, SearchOptions, Tuner
from tunebench.runs.study_record import PlannedRun, Role
from tunebench.spaces import Space
from tunebench.study_options import PARTS, Part, StudyOptions

_SEARCH = SearchOptions()
# Shares of the training images; the tuned run has all of them.
FRACTIONS = (0.1, 0.2, 0.4, 0.8)
# With fewer images of each class, hardly any are left to validate on.
FEWEST_PER_CLASS = 8
# Early stopping after fewer epochs without a gain would follow the noise.
_LEAST_PATIENCE = 3
# Of a quick study, at most.
_QUICK_PER_CLASS = 40
# Six epochs are over before early stopping saves any, and a tuner would make too few trials to be compared.
NOT_QUICK: tuple[Part, ...] = ("early-stopping", "tuners")
# The winners' values with and without augmentation and early stopping, and the parts of which one needs them;
# both changes together are asked about if each of them is.
_VARIANTS: tuple[tuple[Role, tuple[Part, ...]], ...] = (
    ("plain", ("augmentation", "early-stopping", "efficiency")),
    ("augmented", ("augmentation",)),
    ("stopped", ("early-stopping",)),
    ("both", ("augmentation", "early-stopping")),
    ("half-precision", ("efficiency",)),
)
STOPS_EARLY: frozenset[Role] = frozenset({"stopped", "both"})


@dataclass(frozen=True)
class Extent:
    """How much is trained: trials of a search, epochs and the patience of early stopping."""

    trials: int
    epochs: int
    patience: int


def extent(options: StudyOptions) -> Extent:
    """What the options ask for."""
    trials, epochs = (5, 6) if options.quick else (DEFAULT_TRIALS, _SEARCH.epochs)
    epochs = options.epochs or epochs
    return Extent(options.trials or trials, epochs, _patience(epochs))


def _patience(epochs: int) -> int:
    """The default's share of the epochs: with a patience of 16, ten epochs would hardly ever be stopped."""
    usual = _SEARCH.patience or _LEAST_PATIENCE
    return min(usual, max(_LEAST_PATIENCE, round(usual * epochs / _SEARCH.epochs)))


def parts_of(options: StudyOptions) -> Collection[str]:
    """The parts that are wanted; a quick study has some of them only if they are asked for."""
    if options.only is not None:
        return options.only
    return [part for part in PARTS if part not in NOT_QUICK] if options.quick else PARTS


def images_of(options: StudyOptions, available: int, num_classes: int) -> int | None:
    """How many training images to take instead of those that are available; ``None``: take those."""
    few = _QUICK_PER_CLASS * num_classes
    return few if options.quick and options.train_size is None and few < available else None


def plan(spaces: Sequence[Space], options: StudyOptions, images: int, num_classes: int) -> list[PlannedRun]:
    """The runs of the parts that are wanted, and what these need.

    Args:
        spaces: The spaces.
        options: Of the study.
        images: Training images.
        num_classes: Number of classes.

    Returns:
        The runs, in an order in which each comes after the ones that it needs.
    """
    parts, size = parts_of(options), extent(options)
    runs: list[PlannedRun] = []
    if "reference" in parts:
        runs += [_run(space, "reference", "reference", space.epochs) for space in spaces]
    if set(parts) != {"reference"}:
        # What the other parts ask is asked of the winners.
        runs += [_run(space, "tuned", "tuned", size.epochs, size.patience, "random") for space in spaces]
    if "tuners" in parts:
        # Of the first space: the user decides which one that is.
        runs += [_run(spaces[0], "tuner", "tuners", size.epochs, size.patience, tuner) for tuner in TUNERS]
    for role, needed_by in _VARIANTS:
        wanted = [part for part in needed_by if part in parts]
        if wanted and (role != "both" or len(wanted) == len(needed_by)):
            patience = size.patience if role in STOPS_EARLY else None
            runs += [_run(space, role, wanted[0], size.epochs, patience) for space in spaces]
    if "data" in parts:
        for space in spaces:
            runs += _sizes(space, size, images, num_classes)
    return runs


def _run(
    space: Space, role: Role, part: Part, epochs: int, patience: int | None = None, tuner: Tuner | None = None
) -> PlannedRun:
    return PlannedRun(
        name=f"{space.name}-{tuner if role == 'tuner' else role}",
        space=space.name,
        part=part,
        role=role,
        tuner=tuner,
        epochs=epochs,
        patience=patience,
    )


def _sizes(space: Space, size: Extent, images: int, num_classes: int) -> Iterable[PlannedRun]:
    """Parts of the training images, with as many training steps as for all of them."""
    for fraction in FRACTIONS:
        if fraction not in left_out(images, num_classes):
            yield PlannedRun(
                name=f"{space.name}-{round(100 * fraction)}-percent",
                space=space.name,
                part="data",
                role="size",
                train_size=round(fraction * images),
                epochs=round(size.epochs / fraction),
                patience=round(size.patience / fraction),
            )


def left_out(images: int, num_classes: int) -> list[float]:
    """The shares of the images that are too few to train on."""
    return [fraction for fraction in FRACTIONS if round(fraction * images) < FEWEST_PER_CLASS * num_classes]
