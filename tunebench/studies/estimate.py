"""How long the runs of a study will take, from a few training steps of each space."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunebench import seeds
from tunebench.datasets import TrainingData
from tunebench.datasets.dataset import VALIDATION_FRACTION
from tunebench.errors import TunebenchError
from tunebench.features import Inference, features
from tunebench.fitting.step_times import DEFAULT, Kind, turns
from tunebench.fitting.warm_up import warm_up
from tunebench.options import TrainOptions
from tunebench.progress import Progress
from tunebench.records import RunRecord
from tunebench.runs.study_record import PlannedRun
from tunebench.session import announce_size, open_session
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import DEFAULT_BATCH_SIZE
from tunebench.studies.plan import Extent
from tunebench.study_options import StudyOptions

# Reading images, declaring hyperparameters, testing and saving: of a run, and of each final model.
_OF_A_RUN, _OF_A_MODEL = 3.0, 1.5
# Classifying an image takes about a third of training on it.
_FORWARD = 1 / 3
# A step of a head on features.
_HEAD_STEP = 0.003
_BATCH = 64
# Half precision is for speed: a model that is this much slower in it is not trained in it.
SLOW_IN_HALF = 1.5
# Trainings that confirm the winner.
_CONFIRMING = 2


@dataclass(frozen=True)
class Pace:
    """How fast the default model of a space trains.

    Attributes:
        setup: Seconds until the steps begin.
        step: Seconds of each step.
        prefix: Seconds of the frozen network, per image; 0 if there is none.
        half: How many times as long a step takes in half precision; 1 if that was not measured.
    """

    setup: float
    step: float
    prefix: float = 0.0
    half: float = 1.0

    def training(self, images: int, epochs: int, *, in_half: bool = False) -> float:
        """Seconds of one training, without the frozen network."""
        steps = images * (1 - VALIDATION_FRACTION) / DEFAULT_BATCH_SIZE
        validation = images * VALIDATION_FRACTION / DEFAULT_BATCH_SIZE * _FORWARD
        return self.setup + epochs * (steps + validation) * self.step * (self.half if in_half else 1.0)


def measure(space: str, options: StudyOptions, progress: Progress, *, in_half: bool = False) -> Pace:
    """Time a few training steps of a space's default model.

    Args:
        space: Its name or file.
        options: Of the study.
        progress: Receives what the model needs, if that is much.
        in_half: Also in half precision.

    Returns:
        The pace.

    Raises:
        TunebenchError: The space or the data set cannot be used.
    """
    wanted = TrainOptions(**options.of_data(), backbone=options.backbone, progress=progress)
    warm_up()
    with open_session(space, wanted, describe=False) as session:
        announce_size(session.space, session.preparation, progress)
        images = session.preparation.data
        started = time.perf_counter()
        if session.space.has_prefix:
            import keras_tuner  # noqa: PLC0415 (after Keras has its settings)

            prefix = session.preparation.space.frozen_prefix(
                keras_tuner.HyperParameters(), images.image_shape
            )
            inference, some = Inference(prefix), images.train.images[: 2 * _BATCH]
            features(inference, some[:_BATCH], cache=None)
            setup = time.perf_counter() - started
            seconds = features(inference, some, cache=None).seconds / len(some)
            return Pace(setup, _HEAD_STEP, seconds)
        seed = seeds.derive(options.seed, "pace")
        setup, step = next(turns(session.space, images, DEFAULT, seed))
        if not in_half:
            return Pace(setup, step)
        return Pace(setup, step, half=(_half_step(session.space, images, seed) or step) / step)


def _half_step(space: Space, images: TrainingData, seed: int) -> float | None:
    """Seconds of a training step in half precision; ``None`` if the model cannot be trained in it."""
    try:
        return next(turns(space, images, Kind("mixed_bfloat16"), seed)).step
    except Exception:  # noqa: BLE001 (the planned run will fail in the same way and name the reason)
        return None


def measure_all(
    new: Sequence[PlannedRun], given: Mapping[str, str], options: StudyOptions, progress: Progress
) -> tuple[dict[str, Pace], dict[str, str]]:
    """Measure the spaces of some runs.

    Args:
        new: The runs.
        given: The names or files of all spaces of the study, by their own names.
        options: Of the study.
        progress: Receives the error of each space that cannot be trained.

    Returns:
        The pace of each space that can be trained, and the error of each other one.

    Raises:
        TunebenchError: No space of the study can be trained.
    """
    paces, failed = dict[str, Pace](), dict[str, str]()
    needed = dict.fromkeys(run.space for run in new)
    in_half = {run.space for run in new if run.role == "half-precision"}
    if needed:
        progress.note("Timing a few training steps of each space ...")
    for space in needed:
        try:
            paces[space] = measure(given[space], options, progress, in_half=space in in_half)
        except TunebenchError as error:
            failed[space] = str(error)
            if len(failed) == len(given):
                raise
            progress.warn(f"The space {space} is left out: {error}")
    return paces, failed


def slow_in_half(paces: Mapping[str, Pace]) -> dict[str, float]:
    """The spaces that are not worth training in half precision on this device.

    Args:
        paces: By space.

    Returns:
        How many times as long a step takes in it, by space.
    """
    return {space: pace.half for space, pace in paces.items() if pace.half >= SLOW_IN_HALF}


def seconds(run: PlannedRun, pace: Pace, images: int, size: Extent, num_seeds: int) -> float:
    """About how long a run takes.

    Args:
        run: The run.
        pace: Of its space.
        images: Training images of the data set.
        size: Trials of a search, and epochs.
        num_seeds: Final trainings.

    Returns:
        Seconds.
    """
    finals, trial, prefix = _parts(run, pace, images, size, num_seeds)
    return finals + prefix if run.tuner is None else finals + (size.trials + _CONFIRMING) * trial


def trials_within(
    budget: float, run: PlannedRun, pace: Pace, images: int, size: Extent, num_seeds: int
) -> int:
    """About how many trials a search has time for; see `seconds`.

    Args:
        budget: Seconds of the search, with its final trainings.
        run: The search.
        pace: Of its space.
        images: Training images of the data set.
        size: Epochs.
        num_seeds: Final trainings.

    Returns:
        1 or more: the first trial is always made.
    """
    finals, trial, _ = _parts(run, pace, images, size, num_seeds)
    return max(1, int((budget - finals) / trial) - _CONFIRMING)


def _parts(
    run: PlannedRun, pace: Pace, images: int, size: Extent, num_seeds: int
) -> tuple[float, float, float]:
    """Seconds of the final trainings and all around them, of a trial, and of the frozen network."""
    used, epochs = run.train_size or images, run.epochs or size.epochs
    training = pace.training(used, epochs, in_half=run.role == "half-precision")
    prefix = pace.prefix * used
    # Most trials of a frozen network need other features.
    return _OF_A_RUN + num_seeds * (training + _OF_A_MODEL), training + prefix, prefix


def taken(record: RunRecord) -> float:
    """Seconds that a finished run took: its search and its trainings."""
    search = 0.0 if record.search is None else record.search.seconds
    return search + sum(final.train_seconds for final in record.finals)
