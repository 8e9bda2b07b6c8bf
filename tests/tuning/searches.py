"""Small real searches, for the tests of this folder."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.small import PLAIN_SPACE, UNTRACED_SPACE, digits, write_space
from tunebench import spaces
from tunebench.features.preparation import Preparation
from tunebench.objectives import ACCURACY, Objective
from tunebench.options import SearchOptions
from tunebench.progress import Estimate, Progress, SilentProgress
from tunebench.records import History, SearchRecord, TrialRecord
from tunebench.tuning.budget import Budget
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.oracles import SCORE
from tunebench.tuning.tune import tune
from tunebench.winner import Winner

# A grid of six points.
SIX_POINTS = PLAIN_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[0.01]")
SETTINGS = SearchOptions(trials=3, epochs=2, patience=None, prune=False, confirm=1)


class Notes(SilentProgress):
    """Keeps the notes and what limits and follows each stage, and counts the trials that have started."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.num_started = 0
        self.time_left: dict[str, Callable[[], float] | None] = {}
        self.afterwards: dict[str, float] = {}

    def begin(self, what: str, estimate: Estimate) -> None:
        """Keep what an estimate knows beside the steps."""
        self.time_left[what] = estimate.time_left
        self.afterwards[what] = 0.0 if estimate.afterwards is None else estimate.afterwards()

    def step(self, name: str, detail: str = "", objective: Objective = ACCURACY) -> None:
        """Count a trial."""
        del name, detail, objective
        self.num_started += 1

    def note(self, message: str) -> None:
        """Keep a note."""
        self.notes.append(message)


def prepare(tmp_path: Path, source: str = UNTRACED_SPACE) -> Preparation:
    """A space, and real digits for it."""
    space = spaces.find(str(write_space(tmp_path, source)))
    # Tracing costs time once, each step that is not traced again.
    images = 100 if "run_eagerly" in source else 300
    return Preparation(space=space, data=digits(images).training_data(0), cache=None, seed=1)


def search(
    preparation: Preparation,
    folder: Path,
    settings: SearchOptions = SETTINGS,
    progress: Progress | None = None,
    budget: Budget | None = None,
) -> Winner:
    """A real search in a folder."""
    folder.mkdir(exist_ok=True)
    return tune(preparation, replace(settings, progress=progress), folder, {}, time.monotonic(), budget)


def search_record(winner: Winner) -> SearchRecord:
    """What the search of a winner did."""
    assert winner.search is not None
    return winner.search


def interrupted(finished: Path, folder: Path, trials: int) -> Path:
    """A folder as a search leaves it that is killed after some trials, with nothing but its own files."""
    folder.mkdir()
    (folder / "search.json").write_bytes((finished / "search.json").read_bytes())
    lines = (finished / "trials.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "trials.jsonl").write_bytes(b"".join(lines[:trials]))
    return folder


def records(folder: Path) -> list[TrialRecord]:
    """The ledger of a search."""
    return Ledger.open(folder / "trials.jsonl").records


def ledger(folder: Path) -> list[dict[str, Any]]:
    """The ledger without its times."""
    return [timeless(record) for record in records(folder)]


def timeless(record: TrialRecord) -> dict[str, Any]:
    """A trial without its times."""
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {
        **fields,
        "started_at": "",
        "elapsed_seconds": 0,
        "seconds": None,
        "history": _timeless(record.history),
        "trainings": [replace(each, history=_timeless(each.history)) for each in record.trainings],
    }


def _timeless(history: History) -> History:
    return {name: values for name, values in history.items() if name != "seconds"}


def play(
    oracle: Any,
    most: int,
    score: Callable[[dict[str, Any]], float] = lambda _: 0.5,
    build: Callable[[Any], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Run an oracle's trials one by one without training; the values that it proposed."""
    proposed: list[dict[str, Any]] = []
    while len(proposed) < most and (trial := oracle.create_trial("driver")).status == "RUNNING":
        proposed.append(dict(trial.hyperparameters.values))
        build(trial.hyperparameters)
        oracle.update_trial(trial.trial_id, {SCORE: score(trial.hyperparameters.values)})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return proposed
