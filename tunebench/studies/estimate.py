"""How long the runs of a study will take, from a few training steps of each space."""

import itertools
import time
from dataclasses import dataclass
from statistics import median

from tunebench import seeds
from tunebench.data_options import DataOptions
from tunebench.datasets.dataset import VALIDATION_FRACTION
from tunebench.features import Inference, features
from tunebench.fitting.precision import timed_steps
from tunebench.fitting.warm_up import warm_up
from tunebench.option_kinds import declarations
from tunebench.options import TrainOptions
from tunebench.progress import SilentProgress
from tunebench.runs.study_record import PlannedRun
from tunebench.session import open_session
from tunebench.spaces.hyperparameters.training import DEFAULT_BATCH_SIZE
from tunebench.studies.plan import Extent
from tunebench.study_options import StudyOptions

_STEPS = 8
# Reading images, declaring hyperparameters, testing and saving: of a run, and of each final model.
_OF_A_RUN, _OF_A_MODEL = 3.0, 1.5
# Classifying an image takes about a third of training on it.
_FORWARD = 1 / 3
# A step of a head on features.
_HEAD_STEP = 0.003
_BATCH = 64
# Trainings that confirm the winner.
_CONFIRMING = 2


@dataclass(frozen=True)
class Pace:
    """How fast the default model of a space trains.

    Attributes:
        setup: Seconds until the first step has ended.
        step: Seconds of each further step.
        prefix: Seconds of the frozen network, per image; 0 if there is none.
    """

    setup: float
    step: float
    prefix: float = 0.0

    def training(self, images: int, epochs: int) -> float:
        """Seconds of one training, without the frozen network."""
        steps = images * (1 - VALIDATION_FRACTION) / DEFAULT_BATCH_SIZE
        validation = images * VALIDATION_FRACTION / DEFAULT_BATCH_SIZE * _FORWARD
        return self.setup + epochs * (steps + validation) * self.step


def measure(space: str, options: StudyOptions) -> Pace:
    """Time a few training steps of a space's default model.

    Args:
        space: Its name or file.
        options: Of the study.

    Returns:
        The pace.

    Raises:
        TunebenchError: The space or the data set cannot be used.
    """
    data = {name: getattr(options, name) for name in declarations(DataOptions) if name != "progress"}
    wanted = TrainOptions(**data, backbone=options.backbone, progress=SilentProgress())
    warm_up()
    with open_session(space, wanted) as session:
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
        steps = timed_steps(session.space, images, "float32", seeds.derive(options.seed, "pace"))
        next(steps)
        setup = time.perf_counter() - started
        return Pace(setup, median(itertools.islice(steps, _STEPS)))


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
    used, epochs = run.train_size or images, run.epochs or size.epochs
    finals = num_seeds * (pace.training(used, epochs) + _OF_A_MODEL)
    prefix = pace.prefix * used
    if run.tuner is None:
        return _OF_A_RUN + finals + prefix
    # Most trials of a frozen network need other features.
    trials = size.trials + _CONFIRMING
    return _OF_A_RUN + finals + trials * (pace.training(used, epochs) + prefix)
