"""A plain side of cnn_search.py: Optuna with its Keras integration, random search.

The callback reports each epoch, but no trial is pruned, so that every side trains the same number of epochs.
Prints one JSON line: the best validation accuracy and the winner's test accuracy.
"""

import json
from typing import Any

import optuna
from optuna_integration import KerasPruningCallback
from plain_cnn import Task


def values(trial: Any) -> dict[str, float]:
    """The tuned hyperparameters, declared with Optuna."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 3e-3, log=True),
        "dropout_1": trial.suggest_float("dropout_1", 0.0, 0.5, step=0.05),
        "dropout_2": trial.suggest_float("dropout_2", 0.0, 0.6, step=0.05),
        "l2": trial.suggest_float("l2", 1e-6, 1e-3, log=True),
    }


def main() -> None:
    """Search, train the winner, test it."""
    task = Task()

    def objective(trial: Any) -> float:
        model = task.model(values(trial))
        history = model.fit(**task.fit_settings(KerasPruningCallback(trial, "val_accuracy")))
        return float(max(history.history["val_accuracy"]))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.RandomSampler(seed=task.given.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=optuna.pruners.NopPruner())
    study.optimize(objective, n_trials=task.given.trials)
    tested = task.conclude(study.best_params)
    print(json.dumps({"best_validation_accuracy": study.best_value, "test_accuracy": tested}))


if __name__ == "__main__":
    main()
