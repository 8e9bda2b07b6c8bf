"""A plain side of cnn_search.py: Keras Tuner as its guide shows it.

Prints one JSON line: the best validation accuracy and the winner's test accuracy.
"""

import json
import tempfile
from typing import Any

from cnn_model import values
from plain_cnn import Task
from plain_tuner import PlainSearch


def main() -> None:
    """Search, train the winner, test it."""
    task = Task()

    def build(hp: Any) -> Any:
        return task.model(values(hp))

    with tempfile.TemporaryDirectory() as folder:
        tuner = PlainSearch(
            build, "val_accuracy", max_trials=task.given.trials, seed=task.given.seed, directory=folder
        )
        tuner.search(**task.fit_settings())
        best = tuner.oracle.get_best_trials(1)[0]
        tested = task.conclude(values(best.hyperparameters))
    print(json.dumps({"best_validation_accuracy": best.score, "test_accuracy": tested}))


if __name__ == "__main__":
    main()
