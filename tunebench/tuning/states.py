"""The states of Hyperband's trials on disk: of which promotions go on, and no others.

A state is a model with its optimizer. Only the best trials of a round can still be promoted, and of those
only some states are kept: one of the first rounds saves an epoch or two, and there are many of them. See
``docs/decisions/0032``.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

from tunebench import files

# With those of the trial that runs and of its parent, ten.
MOST_KEPT = 8
_PREFIX = "state-"


def state_path(folder: Path, trial_id: str) -> Path:
    """Where the state of a trial lies; further trainings of the trial stand beside it."""
    return folder / f"{_PREFIX}{trial_id}.npz"


def drop_unneeded(folder: Path, oracle: Any) -> None:
    """Delete the states that no promotion needs, and those that are worth the least.

    What is kept follows from the oracle alone, so that a search that was stopped keeps the same.

    Args:
        folder: Where the states lie.
        oracle: A Hyperband oracle.

    Raises:
        RunFolderError: One cannot be deleted.
    """
    kept = {trial.hyperparameters.values.get("tuner/trial_id") for trial in oracle.ongoing_trials.values()}
    kept |= {trial.trial_id for trial in oracle.ongoing_trials.values()}
    kept |= set(promotable(oracle)[:MOST_KEPT])
    for path in folder.glob(f"{_PREFIX}*.npz"):
        if path.stem.removeprefix(_PREFIX).partition("-")[0] not in kept:
            files.remove(path)


def forget(folder: Path) -> None:
    """Delete them all.

    Raises:
        RunFolderError: One cannot be deleted.
    """
    for path in folder.glob(f"{_PREFIX}*.npz"):
        files.remove(path)


def promotable(oracle: Any) -> list[str]:
    """The finished trials that a Hyperband oracle may still promote; those that trained longest first.

    Of a round with room for n more in the next one, these are its n best so far: a better trial may come and
    take a place, but never give one back.
    """
    found: list[tuple[int, float, str]] = []
    for bracket in oracle._brackets:  # noqa: SLF001 (the plan is public knowledge, its fields are not)
        number, rounds = bracket["bracket_num"], bracket["rounds"]
        for place, (this, following) in enumerate(pairwise(rounds)):
            room = oracle._get_size(number, place + 1) - len(following)  # noqa: SLF001 (the same)
            promoted = {entry["past_id"] for entry in following}
            trials = [oracle.trials[entry["id"]] for entry in this if entry["id"] not in promoted]
            finished = [trial for trial in trials if trial.status == "COMPLETED"]
            # Sorted as Keras Tuner sorts them: of equals, the first.
            best = sorted(finished, key=lambda trial: -trial.score)[: max(0, room)]
            epochs = oracle._get_epochs(number, place)  # noqa: SLF001 (the same)
            found += [(epochs, trial.score, trial.trial_id) for trial in best]
    return [trial_id for *_, trial_id in sorted(found, key=lambda each: (-each[0], -each[1]))]
