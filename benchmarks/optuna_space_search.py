"""A plain side of tuners.py: Optuna's default sampler (TPE) with its median pruner."""

from typing import Any

import optuna
from optuna_integration import KerasPruningCallback
from plain_space import Task


class Suggested:
    """Keras Tuner's way of declaring hyperparameters, by a trial of Optuna."""

    def __init__(self, trial: Any) -> None:
        self._trial = trial

    def Choice(self, name: str, values: list[Any], **_: Any) -> Any:  # noqa: N802 (Keras Tuner's name)
        """One of several values."""
        return self._trial.suggest_categorical(name, values)

    def Boolean(self, name: str, **_: Any) -> Any:  # noqa: N802 (Keras Tuner's name)
        """True or false."""
        return self._trial.suggest_categorical(name, [False, True])

    def Float(  # noqa: N802 (Keras Tuner's name)
        self,
        name: str,
        low: float,
        high: float,
        step: float | None = None,
        sampling: str = "linear",
        parent_name: str = "",
        parent_values: Any = (),
        **_: Any,
    ) -> Any:
        """A number; ``None`` if its parent has another value."""
        if parent_name and self._trial.params[parent_name] not in parent_values:
            return None
        return self._trial.suggest_float(name, low, high, step=step, log=sampling == "log")


def main() -> None:
    """Search and print."""
    task = Task()
    given, train, validation = task.given, task.data.train, task.data.validation

    def objective(trial: Any) -> float:
        model = task.model(Suggested(trial))
        history = model.fit(
            train.images,
            train.labels,
            validation_data=(validation.images, validation.labels),
            epochs=given.epochs,
            batch_size=trial.params["batch_size"],
            callbacks=[*task.callbacks(), KerasPruningCallback(trial, "val_accuracy")],
            verbose=0,
        )
        return task.finished(model, history.history, trial.params)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=given.seed),
        pruner=optuna.pruners.MedianPruner(),
    )
    task.run(lambda: study.optimize(objective, n_trials=given.trials))


if __name__ == "__main__":
    main()
