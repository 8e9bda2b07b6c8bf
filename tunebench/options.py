"""Every option once: type, default, accepted values, help, and whether a resumed search must agree on it.

The command line, the keyword arguments of :func:`tunebench.search` and :func:`tunebench.train`, the
fingerprint of a search and ``docs/options.md`` follow from these classes. To add an option, add a field here
and the line that uses it.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from tunebench.errors import TunebenchError
from tunebench.option_kinds import (
    ASSIGNMENTS,
    DATASET,
    FOLDER,
    IMAGE_SIZE,
    OBJECT,
    SECONDS,
    SIZE,
    SWITCH,
    TEXT,
    declarations,
    one_of,
    option,
    variable,
    whole,
)
from tunebench.records import HyperparameterValue

if TYPE_CHECKING:
    from tunebench.datasets import Dataset
    from tunebench.progress import Progress

Tuner = Literal["random", "bayesian", "hyperband", "grid"]
# Keras' dtype policies.
Policy = Literal["float32", "mixed_bfloat16", "mixed_float16"]
Precision = Policy | Literal["auto"]
# Images of a split; None: the data set's own default.
Size = int | Literal["all"] | None
# Pixels of both sides, or height and width.
ImageSize = int | str | tuple[int, int] | None
Resize = Literal["crop", "pad", "stretch"]
Mirror = Literal["auto", "yes", "no"]

TUNERS: tuple[Tuner, ...] = get_args(Tuner)
POLICIES: tuple[Policy, ...] = get_args(Policy)
RESIZES: tuple[Resize, ...] = get_args(Resize)
MIRRORS: tuple[Mirror, ...] = get_args(Mirror)
# The largest seed that NumPy's and scikit-learn's generators accept.
LARGEST_SEED = 2**32 - 1
# Trials of random and bayesian search when neither --trials nor --budget is given.
DEFAULT_TRIALS = 20


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """Converts and checks every option when it is set.

    Raises:
        TunebenchError: A value is not valid; the message names the option and what was expected.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            kind, value = field.metadata["option"].kind, getattr(self, field.name)
            if value is None and "None" in str(field.type):
                continue
            try:
                object.__setattr__(self, field.name, kind.read(value))
            except (TypeError, ValueError, OSError) as error:
                raise TunebenchError(f"{field.name}={value!r} is not valid. {kind.why_not(value)}") from error


@dataclass(frozen=True, kw_only=True)
class DataOptions(_Checked):
    """Which images."""

    dataset: "str | Path | Dataset" = option(
        "cifar10",
        DATASET,
        "A name from `tunebench datasets`, a folder of images, a table of their paths (.csv or .jsonl), or "
        "an .npz file of arrays.",
    )
    data_dir: str | Path | None = option(
        None,
        FOLDER,
        "The folder of a named data set, for example the one that holds cifar-10-batches-py. Default: the "
        "data is downloaded into Keras' cache.",
    )
    train_size: Size = option(
        None,
        SIZE,
        "Use N training images: the first ones of a named data set, random ones in the classes' proportions "
        "of your own. Default: 10000 of cifar10, otherwise all.",
    )
    test_size: Size = option(
        None, SIZE, "Use N test images, likewise. Default: 2000 of cifar10, otherwise all."
    )
    image_size: ImageSize = option(
        None,
        IMAGE_SIZE,
        "Resize images to N×N pixels, or to height x width. Default: their own size if they agree and are at "
        "most 128 pixels wide and high, otherwise 96.",
    )
    resize: Resize = option(
        "crop",
        one_of(*RESIZES),
        "How: crop fills the size and cuts off the sides, pad shows all of the image on black, stretch "
        "changes its proportions.",
    )
    mirror: Mirror = option(
        "auto",
        one_of(*MIRRORS),
        "Whether a mirrored image keeps its class, so that augmentation may mirror. auto: as is known of a "
        "named data set, yes of your own.",
        must_agree=True,
    )
    strict: bool = option(
        False,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Stop if a file cannot be used, instead of leaving it out.",
    )


@dataclass(frozen=True, kw_only=True)
class TuningOptions(DataOptions):
    """How to search."""

    tuner: Tuner = option("random", one_of(*TUNERS), "How hyperparameters are proposed.", must_agree=True)
    trials: int | None = option(
        None,
        whole(1),
        f"Maximum number of trials. Default: {DEFAULT_TRIALS} for random and bayesian, or as many as "
        "--budget allows; the complete plan for hyperband and grid.",
    )
    epochs: int = option(30, whole(1), "Maximum number of epochs of a training.", must_agree=True)
    patience: int | None = option(
        5,
        whole(1),
        "Stop a training after N epochs without a better validation accuracy.",
        must_agree=True,
    )
    prune: bool = option(
        True,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Stop a trial of random or bayesian search that learns nothing, or that is below the median of "
        "earlier trials at the same epoch.",
    )
    budget: float | str | None = option(
        None,
        SECONDS,
        "Wall-clock limit for the complete command, such as 90s, 30m or 1h30m. Time for the final trainings "
        "is reserved.",
    )
    executions: int = option(
        1,
        whole(1),
        "Train each trial N times with different seeds; its score is the mean.",
        must_agree=True,
    )
    confirm: int = option(
        3,
        whole(1),
        "Of the N best trials, train those within two standard errors of the best again with another seed; "
        "the best mean wins. 1: the best score wins.",
    )
    cv: int | None = option(
        None,
        whole(2),
        "Score each trial by cross-validation with N folds, which are the same for all trials.",
        must_agree=True,
    )
    grid_points: int = option(
        3,
        whole(2, 1000),
        "Number of values that a grid tries of a continuous range, including both ends.",
        must_agree=True,
    )
    workers: int | None = option(
        None,
        whole(1),
        "Run N trials at once, on Ray (pip install 'tunebench[parallel]'). Default: one, without Ray; on a "
        "cluster, one per GPU, or one per machine if there are no GPUs.",
    )
    cluster: str | None = option(
        None, TEXT, "Run the trials on the Ray cluster at this address. This machine must belong to it."
    )
    augment: bool = option(
        True,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Tune the strength of image augmentation, or the number of views if the model has a frozen prefix.",
        must_agree=True,
    )
    starting_points: bool = option(
        True,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Try the configurations that the space lists as good ones, after its defaults.",
        must_agree=True,
    )
    fresh: bool = option(
        False,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Delete an earlier search of this name and start again.",
        in_environment=False,
    )


@dataclass(frozen=True, kw_only=True)
class FinalOptions(_Checked):
    """How the final models are trained, and where the run goes."""

    hyperparameters: Mapping[str, HyperparameterValue | str] | None = option(
        None,
        ASSIGNMENTS,
        "Set a hyperparameter to this value instead of tuning it or using its default. Can be repeated.",
        flag="--set",
    )
    seeds: int = option(3, whole(1), "Train the winner with N different seeds.")
    seed: int = option(
        0,
        whole(0, LARGEST_SEED),
        "Master seed: the same seed gives the same result. Final trainings use this seed and the next ones.",
        must_agree=True,
    )
    precision: Precision = option(
        "float32",
        one_of(*POLICIES, "auto"),
        "Keras' dtype policy. auto switches to mixed precision if its training steps are faster; the choice "
        "is remembered for the space and the machine.",
    )
    backbone: str | None = option(
        None,
        TEXT,
        "Pretrained weights of a transfer model: a TF Hub URL, a SavedModel folder, a Keras weights file "
        "(*.weights.h5), or `keras`. Default: TF Hub's MobileNet_v2.",
    )
    cache: bool = option(
        True,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Keep the features of frozen networks for the next command.",
    )
    runs_dir: str | Path = option(Path("runs"), FOLDER, "The folder in which runs are stored.")
    name: str | None = option(
        None, TEXT, "The run's name in the runs folder. Default: the space's name; train adds -default."
    )
    progress: "Progress | None" = option(None, OBJECT, "Receives progress events.", flag="")
    command: str | None = option(None, TEXT, "How the run was requested, for its record.", flag="")


@dataclass(frozen=True, kw_only=True)
class RunOptions(FinalOptions, DataOptions):
    """What a search and a baseline have in common."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions(RunOptions):
    """The options of ``tunebench train``."""

    epochs: int | None = option(None, whole(1), "Maximum number of epochs. Default: the space's own.")
    patience: int | None = option(
        None, whole(1), "Stop after N epochs without a better validation accuracy. Default: never."
    )


@dataclass(frozen=True, kw_only=True)
class SearchOptions(RunOptions, TuningOptions):
    """The options of ``tunebench search``."""

    @property
    def max_trials(self) -> int | None:
        """Maximum number of trials; ``None``: the tuner's own plan, or as many as the budget allows."""
        if self.trials is None and self.tuner in {"random", "bayesian"} and self.budget is None:
            return DEFAULT_TRIALS
        return self.trials

    @property
    def prunes(self) -> bool:
        """Whether trials are pruned: Hyperband has its own rule, and a grid is wanted complete."""
        return self.prune and self.tuner in {"random", "bayesian"}

    @property
    def depends_on_scores(self) -> bool:
        """Whether what is proposed, or how long it trains, depends on the scores of earlier trials."""
        return self.prunes or self.tuner in {"bayesian", "hyperband"}

    @property
    def trainings_per_trial(self) -> int:
        """How often each trial is trained."""
        return self.executions * (self.cv or 1)

    def window(self, workers: int) -> int:
        """How many trials may be proposed before the outcome of the first of them is known."""
        # If proposals do not depend on scores, one slow trial need not keep the others waiting.
        return workers if workers == 1 or self.depends_on_scores else 4 * workers

    def fingerprint(self, workers: int) -> dict[str, Any]:
        """What a resumed search must agree on, by option.

        Args:
            workers: How many trials run at once. It counts if proposals depend on scores: each is then
                proposed with fewer scores known.
        """
        agreed = {
            name: getattr(self, name)
            for name, (declared, _) in declarations(type(self)).items()
            if declared.must_agree
        }
        return {**agreed, "prune": self.prunes, "workers": workers if self.depends_on_scores else None}


def reference() -> str:
    """All options as a Markdown document, which is ``docs/options.md``."""
    lines = ["# Options", "", "Made by `make reference` from `tunebench/options.py`."]
    for title, options in (("tunebench search", SearchOptions), ("tunebench train", TrainOptions)):
        lines += ["", f"## {title}", "", "| option | argument | default | environment variable | meaning |"]
        lines.append("|---|---|---|---|---|")
        for name, (declared, default) in declarations(options).items():
            if declared.flag:
                shown = [declared.flag, name, "" if default is None else str(default)]
                shown.append(variable(declared) or "")
                cells = [f"`{cell}`" if cell else "" for cell in shown]
                lines.append(f"| {' | '.join([*cells, declared.help])} |")
    return "\n".join([*lines, ""])
