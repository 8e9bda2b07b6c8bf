"""The options of a study, each once, as in :mod:`tunebench.options`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tunebench.data_options import DataOptions
from tunebench.option_kinds import (
    FILE,
    FOLDER,
    SECONDS,
    SWITCH,
    TEXT,
    WORDS,
    declarations,
    option,
    some_of,
    whole,
)
from tunebench.options import DEFAULT_TRIALS, LARGEST_SEED

# What a study asks, in the order in which it is run.
Part = Literal["reference", "tuned", "augmentation", "early-stopping", "data", "tuners", "efficiency"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, kw_only=True)
class StudyOptions(DataOptions):
    """The options of ``tunebench study``."""

    spaces: Sequence[str | Path] | str | None = option(
        None,
        WORDS,
        "Study these spaces: names from `tunebench spaces` or paths of Python files, separated by commas. "
        "Default: cnn1, cnn2, cnn3, and mobilenet_v2 if its weights are here and --quick is not set.",
        must_agree=True,
    )
    only: Sequence[str] | str | None = option(
        None,
        some_of(*PARTS),
        f"Do only these parts, separated by commas, and what they need: {', '.join(PARTS)}. Default: all, "
        "or those of --quick.",
    )
    quick: bool = option(
        False,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Few images, trials and epochs, neither early stopping nor tuners: under ten minutes for the digits "
        "on two processor cores.",
        must_agree=True,
    )
    budget: float | str | None = option(
        None,
        SECONDS,
        "Wall-clock limit for this command, such as 2h. The searches that it plans get equal shares of what "
        "the other runs leave of it; runs that would not end in time are left for the next command.",
    )
    trials: int | None = option(
        None,
        whole(1),
        f"Trials of each search, unless --budget limits them. Default: {DEFAULT_TRIALS}, or 5 with --quick.",
        must_agree=True,
    )
    epochs: int | None = option(
        None,
        whole(1),
        "Maximum number of epochs of the winners and of the trials. Default: 60, or 6 with --quick. The "
        "reference models keep their own.",
        must_agree=True,
    )
    seeds: int = option(3, whole(1, 1000), "Train each model with N different seeds.")
    seed: int = option(
        0, whole(0, LARGEST_SEED), "Master seed: the same seed gives the same result.", must_agree=True
    )
    backbone: str | None = option(None, TEXT, "Pretrained weights of a transfer model, as for a search.")
    runs_dir: str | Path = option(Path("runs"), FOLDER, "The folder in which runs are stored.")
    name: str = option(
        "study", TEXT, "The study's name: its runs are in a folder of this name in the runs folder."
    )
    out: str | Path | None = option(
        None,
        FILE,
        "The page to write. Default: the study and its data set, such as reports/study-digits.html.",
    )
    command: str | None = option(None, TEXT, "How the study was requested, for its records.", flag="")

    def of_data(self) -> dict[str, Any]:
        """The options of the data set, as arguments of a search or a training."""
        return {name: getattr(self, name) for name in declarations(DataOptions) if name != "progress"}
