"""Training with early stopping, pruning and resuming."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.eager import call
from tests.fitting.small_training import DATA, TRAIN, VALIDATION, classifier
from tests.small import TINY_SPACE, write_space
from tunebench import spaces
from tunebench.dtype_policy import dtype_policy
from tunebench.errors import SearchError, TrialError
from tunebench.fitting import Examples, Fit, FitSettings, fit, state, train_model
from tunebench.fitting.class_weights import balanced
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.objectives import OBJECTIVES, ObjectiveName


def _settings(epochs: int, **changes: Any) -> FitSettings:
    return FitSettings(**{"epochs": epochs, "patience": None, "seed": 3, **changes})


def test_the_model_keeps_its_best_weights_and_each_epoch_is_reported() -> None:
    """The model predicts with the weights of the epoch that is reported as the best."""
    # At this learning rate the accuracy goes up and down.
    model = classifier(optimizer=keras.optimizers.SGD(2.0))
    reported: list[tuple[int, int, float]] = []
    result = fit(model, TRAIN, VALIDATION, _settings(4), Stopwatch(), lambda *report: reported.append(report))
    scores = result.history["val_accuracy"]
    assert result.best_score == max(score for score in scores if score is not None) != scores[-1]
    assert scores[result.best_epoch - 1] == result.best_score
    predicted = call(model, VALIDATION.inputs).argmax(axis=1)
    assert np.mean(predicted == VALIDATION.labels) == pytest.approx(result.best_score, abs=1e-6)
    assert reported == [(epoch, 4, score) for epoch, score in enumerate(scores, start=1)]


@pytest.fixture(scope="module")
def constant_model() -> Any:
    """A model whose weights do not change in training."""
    return classifier(optimizer=keras.optimizers.SGD(0.0))


@pytest.mark.parametrize(
    ("limits", "epochs", "cut", "below"),
    [
        ({"patience": 2}, 3, False, None),
        ({"should_stop": lambda: True}, 1, True, None),
        ({"floor": lambda epoch: float(epoch > 1)}, 2, False, 1.0),
        ({"epochs": 1, "should_stop": lambda: True, "floor": lambda _: 1.0}, 1, False, None),
    ],
)
def test_training_stops_early(
    constant_model: Any,
    limits: dict[str, Any],
    epochs: int,
    cut: bool,  # noqa: FBT001 (a parameter)
    below: float | None,
) -> None:
    """Training stops when patience runs out, on request or below a threshold, and says which it was.

    After the last epoch there is nothing left to stop.
    """
    settings = _settings(**{"epochs": 5, **limits})
    result = fit(constant_model, TRAIN, VALIDATION, settings, Stopwatch())
    assert (result.epochs, result.best_epoch, result.cut, result.below) == (epochs, 1, cut, below)
    assert result.stopped_early == (epochs < settings.epochs)


def test_training_stops_within_an_epoch_on_request(
    constant_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The epoch ends there, and is validated, so that it has a score."""
    monkeypatch.setattr("tunebench.fitting.callbacks._ASK_SECONDS", 0.0)
    batches: list[int] = []
    settings = _settings(
        3, batch_size=1, should_stop=lambda: len(batches) > 1, on_batch=lambda: batches.append(1)
    )
    result = fit(constant_model, TRAIN, VALIDATION, settings, Stopwatch())
    assert (result.epochs, result.cut) == (1, True)
    assert len(result.history["val_accuracy"]) == 1


def test_a_resumed_training_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    """Optimizer, loss scale, dropout, augmentation and the cosine schedule resume where they were."""
    space = spaces.find(str(write_space(tmp_path, TINY_SPACE)))

    def train(epochs: int, resume: Any = None, **changes: Any) -> Fit:
        hp = spaces.declare(space, DATA.image_shape, DATA.num_classes)
        hp.values |= {"augmentation": 0.5, "schedule": "cosine"}
        _, result = train_model(
            space,
            hp,
            TRAIN,
            VALIDATION,
            _settings(epochs, **changes),
            Stopwatch(),
            num_classes=DATA.num_classes,
            mirror_safe=False,
            schedule_epochs=3,
            resume=resume,
        )
        return result

    def resume(model: Any) -> int:
        state.load(model, tmp_path / "state.npz")
        return 1

    # Here the optimizer has a loss scale, too.
    with dtype_policy("mixed_float16"):
        through = train(3)
        train(1, save_state=tmp_path / "state.npz")
        resumed = train(3, resume)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert resumed.history[name] == through.history[name][1:]


def test_a_state_of_another_model_is_refused(tmp_path: Path) -> None:
    """The model is left unchanged."""
    state.save(classifier(), tmp_path / "state.npz")
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    other.compile("sgd", "mse")
    before = other.get_weights()[0].copy()
    with pytest.raises(SearchError, match="belongs to another model"):
        state.load(other, tmp_path / "state.npz")
    assert np.array_equal(other.get_weights()[0], before)


def test_a_loss_that_is_not_finite_fails_the_training() -> None:
    """The error names the loss and the epoch."""
    model = classifier(optimizer=keras.optimizers.SGD(1e38))
    with pytest.raises(TrialError, match=r"loss was (nan|inf) in epoch \d"):
        fit(model, TRAIN, VALIDATION, _settings(5), Stopwatch())


@pytest.mark.parametrize("name", ["balanced_accuracy", "macro_f1", "loss"])
def test_the_best_epoch_is_that_of_the_objective(name: ObjectiveName) -> None:
    """The weights kept are those of the epoch with the best value, which the history has for every epoch."""
    model, objective, stopwatch = (
        classifier(optimizer=keras.optimizers.SGD(2.0)),
        OBJECTIVES[name],
        Stopwatch(),
    )
    reported: list[float] = []
    settings = _settings(3, objective=name)
    result = fit(model, TRAIN, VALIDATION, settings, stopwatch, lambda *report: reported.append(report[2]))
    values = [float(value or 0.0) for value in result.history[objective.metric]]
    assert len(values) == len(result.history["val_accuracy"]) == 3
    assert reported == values
    assert result.best_score == max(map(objective.score, values))
    assert objective.score(values[result.best_epoch - 1]) == result.best_score
    found = model.evaluate(VALIDATION.inputs, VALIDATION.labels, verbose=0)[0]
    if objective.by_class:
        predicted = call(model, VALIDATION.inputs).argmax(axis=1)
        found = objective.of_classes(VALIDATION.labels, predicted, DATA.num_classes)
    assert objective.score(result.best_score) == pytest.approx(found, rel=1e-4)
    # Validation is no training time.
    assert result.history["seconds"][-1] == stopwatch["setup"] + stopwatch["fit"]


def test_a_loss_above_its_threshold_is_pruned(constant_model: Any) -> None:
    """Thresholds are scores: minus the loss."""
    settings = _settings(3, objective="loss", floor=lambda epoch: -1e-9 if epoch > 1 else -1e9)
    result = fit(constant_model, TRAIN, VALIDATION, settings, Stopwatch())
    assert (result.epochs, result.below) == (2, -1e-9)


def test_class_weights_change_only_the_training_loss(constant_model: Any) -> None:
    """The loss of an example counts by its class's weight; the validation loss is not weighted."""
    rare = (TRAIN.labels < 5) | (np.arange(len(TRAIN)) < 100)
    train = Examples(TRAIN.inputs[rare], TRAIN.labels[rare])
    plain, weighted = (
        fit(constant_model, train, VALIDATION, _settings(1, class_weights=weights), Stopwatch()).history
        for weights in ("none", "balanced")
    )
    assert weighted["val_loss"] == plain["val_loss"]
    probabilities = call(constant_model, train.inputs)
    losses = -np.log(probabilities[np.arange(len(train)), train.labels])
    weights = np.array([balanced(train.labels)[label] for label in train.labels.tolist()])
    assert weights.mean() == pytest.approx(1)
    assert plain["loss"] == pytest.approx([losses.mean()], rel=1e-4)
    assert weighted["loss"] == pytest.approx([(weights * losses).mean()], rel=1e-4)
    assert weighted["loss"] != pytest.approx(plain["loss"], rel=1e-4)
