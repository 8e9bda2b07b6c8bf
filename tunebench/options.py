"""Every option once: type, default, accepted values, help, and whether a resumed search must agree on it.

The command line, the keyword arguments of :func:`tunebench.search` and :func:`tunebench.train`, the
fingerprint of a search and ``docs/options.md`` follow from these classes. To add an option, add a field here
and the line that uses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tunebench.data_options import Checked, DataOptions
from tunebench.objectives import CLASS_WEIGHTS, OBJECTIVE_NAMES, OBJECTIVES, ClassWeights, ObjectiveName
from tunebench.option_kinds import (
    ASSIGNMENTS,
    FILE,
    FOLDER,
    SECONDS,
    SWITCH,
    TEXT,
    declarations,
    one_of,
    option,
    or_none,
    or_word,
    whole,
)
from tunebench.records import HyperparameterValue

Tuner = Literal["random", "bayesian", "hyperband", "grid"]
# Keras' dtype policies.
Policy = Literal["float32", "mixed_bfloat16", "mixed_float16"]
Precision = Policy | Literal["auto"]
Determinism = Literal["auto", "on", "off"]

TUNERS: tuple[Tuner, ...] = get_args(Tuner)
POLICIES: tuple[Policy, ...] = get_args(Policy)
DETERMINISM: tuple[Determinism, ...] = get_args(Determinism)
# The largest seed that NumPy's and scikit-learn's generators accept.
LARGEST_SEED = 2**32 - 1
# How much worse than the best model a faster one may be to be recommended, in points.
WITHIN = 5.0
# Trials of random and bayesian search when neither --trials nor --budget is given.
DEFAULT_TRIALS = 20


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
    epochs: int = option(60, whole(1), "Maximum number of epochs of a training.", must_agree=True)
    patience: int | None = option(
        16,
        or_none(whole(1)),
        "Stop a training after N epochs without a better score on the validation images. none: never.",
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
    workers: int | Literal["auto"] | None = option(
        None,
        or_word(whole(1), "auto"),
        "Run N trials at once, on Ray (pip install 'tunebench[parallel]'). They share GPUs if there are "
        "fewer. auto: as many as are measured to pay on this machine; that is remembered. Default: one, "
        "without Ray; on a cluster, also with auto, one per GPU, or one per machine without GPUs.",
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
        "Try the configurations that the space lists as good ones, before its defaults.",
        must_agree=True,
    )


@dataclass(frozen=True, kw_only=True)
class FinalOptions(Checked):
    """How the final models are trained, and where the run goes."""

    hyperparameters: Mapping[str, HyperparameterValue | str] | None = option(
        None,
        ASSIGNMENTS,
        "Set a hyperparameter to this value, even outside its range, and do not tune it. Can be repeated.",
        flag="--set",
    )
    objective: ObjectiveName = option(
        "accuracy",
        one_of(*OBJECTIVE_NAMES),
        "What counts as better on the validation images: in the search, in early stopping, in pruning and in "
        "the choice of the winner. With balanced_accuracy and macro_f1 every class counts the same.",
        must_agree=True,
    )
    class_weights: ClassWeights = option(
        "none",
        one_of(*CLASS_WEIGHTS),
        "balanced: an image of a rare class counts more in the training loss, so that all classes count the "
        "same.",
        must_agree=True,
    )
    seeds: int = option(3, whole(1, 1000), "Train the winner with N different seeds.")
    seed: int = option(
        0,
        whole(0, LARGEST_SEED),
        "Master seed: the same seed gives the same result. Final trainings use this seed and the next ones.",
        must_agree=True,
    )
    refit: bool = option(
        False,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Train the final models on the training and validation images together: after a search for as many "
        "epochs as the winner's trainings took to their best one, otherwise for all epochs.",
    )
    precision: Precision = option(
        "float32",
        one_of(*POLICIES, "auto"),
        "Keras' dtype policy. auto measures which precision trains fastest, and on a GPU under TensorFlow "
        "whether XLA pays; the times are remembered for the space and the machine.",
    )
    deterministic: Determinism = option(
        "auto",
        one_of(*DETERMINISM),
        "Whether the same seed gives the same result to the last bit. auto: on a processor only; on a GPU it "
        "costs speed, and TensorFlow's XLA is off with it.",
    )
    backbone: str | None = option(
        None,
        TEXT,
        "Pretrained weights of a transfer model: a Keras weights file (`*.h5`) or `keras`, which downloads "
        "them; for mobilenet_v2 also a TF Hub URL or a SavedModel folder. Default: keras; for mobilenet_v2 "
        "TF Hub's MobileNet_v2.",
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
    fresh: bool = option(
        False,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Start again instead of continuing the earlier run of this name, which is deleted when the new one "
        "is complete.",
        in_environment=False,
    )
    tensorboard: str | Path | None = option(
        None,
        FOLDER,
        "Write the curves and hyperparameters of each trial and final training to this folder, for "
        "TensorBoard (pip install 'tunebench[tensorboard]').",
    )
    command: str | None = option(None, TEXT, "How the run was requested, for its record.", flag="")


@dataclass(frozen=True, kw_only=True)
class RunOptions(FinalOptions, DataOptions):
    """What a search and a baseline have in common."""

    def agreed(self) -> dict[str, Any]:
        """The options that a run must agree on to be continued."""
        return {
            name: getattr(self, name)
            for name, (declared, _) in declarations(type(self)).items()
            if declared.must_agree
        }


@dataclass(frozen=True, kw_only=True)
class TrainOptions(RunOptions):
    """The options of ``tunebench train``."""

    epochs: int | None = option(None, whole(1), "Maximum number of epochs. Default: the space's own.")
    patience: int | None = option(
        None,
        or_none(whole(1)),
        "Stop after N epochs without a better score on the validation images. Default: never.",
        must_agree=True,
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
        objective = OBJECTIVES[self.objective]
        return {
            **self.agreed(),
            "objective": f"{objective.mode} {objective.metric}",
            "prune": self.prunes,
            "workers": workers if self.depends_on_scores else None,
        }


@dataclass(frozen=True, kw_only=True)
class CheckOptions(DataOptions):
    """The options of ``tunebench check`` of a data set."""

    sheet: str | Path | None = option(
        None,
        FILE,
        "Draw a few training images as augmentation changes them, to this image file.",
        in_environment=False,
    )


@dataclass(frozen=True, kw_only=True)
class CheckSpaceOptions(CheckOptions):
    """The options of ``tunebench check`` of a space."""

    points: int = option(5, whole(0, 1000), "Of a space: number of random points to try.")
    seed: int = option(0, whole(0, LARGEST_SEED), "Of a space: seed of the random points.")
    backbone: str | None = option(None, TEXT, "Pretrained weights of a transfer model, as for a search.")
