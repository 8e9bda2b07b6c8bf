"""The checkpoints of Hyperband's trials: those that promoted trials resume from, and no others.

A checkpoint holds a model and its optimizer. Only the best trials of a round can still be promoted, and only
some of their checkpoints are kept: those of the first rounds save an epoch or two each and are many. See
``docs/decisions/0001``.
"""

import contextlib
from itertools import pairwise
from pathlib import Path
from typing import Any

from tunebench import files
from tunebench.tuning.keras_tuner_internals import hyperband_plan

# Ten, with those of the running trial and its parent.
MOST_KEPT = 8
_PREFIX = "state-"


def checkpoint_path(folder: Path, trial_id: str) -> Path:
    """The checkpoint of a trial's first training; those of further trainings are beside it."""
    return folder / f"{_PREFIX}{trial_id}.npz"


def remove_unneeded(folder: Path, oracle: Any) -> None:
    """Delete the checkpoints that no promotion needs, and those that save the fewest epochs.

    The oracle alone decides which are kept, so that a resumed search keeps the same ones.

    Args:
        folder: Where the checkpoints are.
        oracle: A Hyperband oracle.

    Raises:
        RunFolderError: One cannot be deleted.
    """
    running = oracle.ongoing_trials.values()
    kept = {trial.trial_id for trial in running} | {*promotable(oracle)[:MOST_KEPT]}
    kept |= {trial.hyperparameters.values.get("tuner/trial_id") for trial in running}
    for path in folder.glob(f"{_PREFIX}*.npz"):
        if path.stem.removeprefix(_PREFIX).partition("-")[0] not in kept:
            files.remove(path)


def remove_all(folder: Path) -> None:
    """Delete all checkpoints, and their folder if it is empty then.

    Raises:
        RunFolderError: One cannot be deleted.
    """
    for path in folder.glob(f"{_PREFIX}*.npz"):
        files.remove(path)
    with contextlib.suppress(OSError):  # a user's file is in it, or it is a link
        folder.rmdir()


def promotable(oracle: Any) -> list[str]:
    """The finished trials that a Hyperband oracle may still promote, longest trained first.

    If the next round has room for n more trials, these are the n best of this round so far. A better trial
    may still take the place of one, but a trial that lost its place never gets it back.
    """
    found: list[tuple[int, float, str]] = []
    plan = hyperband_plan(oracle)
    for bracket in oracle.get_state()["brackets"]:
        planned, rounds = plan[bracket["bracket_num"]], bracket["rounds"]
        for number, (this, following) in enumerate(pairwise(rounds)):
            room = planned[number + 1].size - len(following)
            promoted = {entry["past_id"] for entry in following}
            trials = [oracle.trials[entry["id"]] for entry in this if entry["id"] not in promoted]
            finished = [trial for trial in trials if trial.status == "COMPLETED"]
            # Among equal scores the first trial wins, as in Keras Tuner.
            best = sorted(finished, key=lambda trial: -trial.score)[: max(0, room)]
            found += [(planned[number].epochs, trial.score, trial.trial_id) for trial in best]
    return [trial_id for *_, trial_id in sorted(found, key=lambda each: (-each[0], -each[1]))]
