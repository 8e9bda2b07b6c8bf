"""The trials of a search as a table."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tunebench.records import TrialRecord

if TYPE_CHECKING:
    import pandas as pd


def start_order(trial: TrialRecord) -> tuple[int, str]:
    """A key that sorts trials by their start; a ledger has them in the order in which they ended."""
    return len(trial.trial_id), trial.trial_id


def trials_table(trials: Iterable[TrialRecord]) -> "pd.DataFrame":
    """A ledger as a pandas table.

    Args:
        trials: The records.

    Returns:
        One row per trial; times in seconds, hyperparameters in columns named ``hp.<name>``.
    """
    import pandas as pd  # noqa: PLC0415 a third of a second that reading a record need not pay

    columns = ["trial_id", "status", "score", "epochs", "elapsed_seconds", "prefix_seconds", "setup_seconds"]
    columns += ["fit_seconds", "evaluate_seconds", "parameters", "seed", "worker", "started_at", "message"]
    rows = []
    for trial in trials:
        fixed = {name: getattr(trial, name) for name in columns if not name.endswith("_seconds")}
        times = {
            f"{part}_seconds": getattr(trial.seconds, part) for part in ("prefix", "setup", "fit", "evaluate")
        }
        values = {f"hp.{name}": value for name, value in trial.hyperparameters.items()}
        rows.append({**fixed, **times, "elapsed_seconds": trial.elapsed_seconds, **values})
    table = pd.DataFrame(rows)
    return table.reindex(columns=[*columns, *(name for name in table.columns if name not in columns)])
