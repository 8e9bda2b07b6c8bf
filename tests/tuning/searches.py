"""Small real searches, for the tests of this folder."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.small import PLAIN_SPACE, TINY_SPACE, digits, write_space
from tunebench import spaces
from tunebench.features.preparation import Preparation
from tunebench.options import SearchOptions
from tunebench.progress import Progress
from tunebench.records import SearchRecord, TrialRecord
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.tune import Winner, tune

# A grid of six points.
SIX_POINTS = PLAIN_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[0.01]")
# Without pruning, which would stop trials of two epochs.
SETTINGS = SearchOptions(trials=3, epochs=2, patience=None, prune=False)


def prepare(tmp_path: Path, source: str = TINY_SPACE) -> Preparation:
    """A space, and real digits for it."""
    space = spaces.find(str(write_space(tmp_path, source)))
    return Preparation(space=space, data=digits().training_data(0), cache=None, seed=1)


def search(
    preparation: Preparation,
    folder: Path,
    options: SearchOptions = SETTINGS,
    progress: Progress | None = None,
) -> Winner:
    """A real search in a folder."""
    folder.mkdir(exist_ok=True)
    return tune(preparation, replace(options, progress=progress), folder, {}, time.monotonic())


def search_record(winner: Winner) -> SearchRecord:
    """What the search of a winner did."""
    assert winner.search is not None
    return winner.search


def ledger(folder: Path) -> list[dict[str, Any]]:
    """The ledger without its times."""
    return [timeless(record) for record in Ledger.open(folder / "trials.jsonl").records]


def timeless(record: TrialRecord) -> dict[str, Any]:
    """A trial without its times."""
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__}
    history = {name: values for name, values in record.history.items() if name != "seconds"}
    return {**fields, "started_at": "", "elapsed_seconds": 0, "seconds": None, "history": history}
