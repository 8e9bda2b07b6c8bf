"""Training a model under the clock, and going on with it."""

from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.small import digits, dtype_policy, write_space
from tunebench import spaces
from tunebench.errors import SearchError, TrialError
from tunebench.fitting import Examples, FitSettings, fit, state
from tunebench.fitting.augmentation import Augmentation
from tunebench.fitting.stopwatch import Stopwatch

DATA = digits().training_data(0)
TRAIN = Examples(DATA.train.images, DATA.train.labels)
VALIDATION = Examples(DATA.validation.images, DATA.validation.labels)


@pytest.fixture
def space(tmp_path: Path) -> spaces.Space:
    """The tiny space."""
    return spaces.find(str(write_space(tmp_path)))


def _model(space: spaces.Space) -> Any:
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    hp = spaces.declare(space, DATA.image_shape, DATA.num_classes)
    return space.build(hp, DATA.image_shape, DATA.num_classes)


def _settings(epochs: int, **changes: Any) -> FitSettings:
    settings = {
        "patience": None,
        "batch_size": 32,
        "augmentation": Augmentation(0.5, mirror=False),
        "seed": 3,
    }
    return FitSettings(epochs=epochs, **{**settings, **changes})


def test_the_model_keeps_its_best_weights(space: spaces.Space) -> None:
    """The last epoch's weights would be tested while the best epoch's score is reported."""
    model = _model(space)
    result = fit(model, TRAIN, VALIDATION, _settings(6), Stopwatch())
    scores = result.history["val_accuracy"]
    assert result.best_score == max(score for score in scores if score is not None)
    assert scores[result.best_epoch - 1] == result.best_score
    predicted = model.predict(VALIDATION.inputs, verbose=0).argmax(axis=1)
    assert np.mean(predicted == VALIDATION.labels) == pytest.approx(result.best_score, abs=1e-6)


def test_several_steps_at_a_time_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head trained faster must be the same head, to the last bit, also where the steps do not divide."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(700, 40)).astype(np.float32)
    labels = vectors[:, :10].argmax(axis=1)
    train, validation = Examples(vectors[:600], labels[:600]), Examples(vectors[600:], labels[600:])
    results = []
    for steps in (1, 16):
        monkeypatch.setattr(import_module("tunebench.fitting.fit"), "_STEPS_AT_A_TIME", steps)
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [keras.Input((40,)), keras.layers.Dropout(0.2), keras.layers.Dense(10, "softmax")]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = fit(model, train, validation, _settings(3, augmentation=None), Stopwatch()).history
        assert model.steps_per_execution == steps
        assert model.optimizer.iterations == 3 * 19
        results.append(({**history, "seconds": []}, model.get_weights()))
    (history, weights), (other_history, other_weights) = results
    assert history == other_history
    assert all(np.array_equal(one, other) for one, other in zip(weights, other_weights, strict=True))


def test_patience_ends_a_training_that_no_longer_improves(space: spaces.Space) -> None:
    """Without it every trial trains to the last epoch."""
    model = _model(space)
    model.optimizer.learning_rate = 0.0
    result = fit(model, TRAIN, VALIDATION, _settings(10, patience=2), Stopwatch())
    assert result.epochs == 3
    assert result.stopped_early
    assert result.best_epoch == 1


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_a_training_that_goes_on_equals_one_that_never_stopped(
    policy: str, space: spaces.Space, tmp_path: Path
) -> None:
    """A promotion without the state of the optimizer, its scale or the dropout is another training."""
    with dtype_policy(policy):
        through = fit(_model(space), TRAIN, VALIDATION, _settings(4), Stopwatch())
        fit(_model(space), TRAIN, VALIDATION, _settings(2, save_state=tmp_path / "state.npz"), Stopwatch())
        model = _model(space)
        state.load(model, tmp_path / "state.npz")
        resumed = fit(model, TRAIN, VALIDATION, _settings(4, first_epoch=2), Stopwatch())
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert resumed.history[name] == through.history[name][2:]


def test_a_damaged_or_foreign_state_is_refused(space: spaces.Space, tmp_path: Path) -> None:
    """A state of another model must not be put into this one in part."""
    model = _model(space)
    state.save(model, tmp_path / "state.npz")
    whole = (tmp_path / "state.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SearchError, match="is damaged"):
        state.load(model, tmp_path / "cut.npz")
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    other.compile("sgd", "mse")
    before = other.get_weights()[0].copy()
    with pytest.raises(SearchError, match="belongs to another model"):
        state.load(other, tmp_path / "state.npz")
    assert np.array_equal(other.get_weights()[0], before)


def test_a_loss_that_is_no_number_fails_the_training(space: spaces.Space) -> None:
    """Keras Tuner would count it as completed."""
    model = _model(space)
    model.optimizer.learning_rate = 1e38
    with pytest.raises(TrialError, match=r"loss was (nan|inf) in epoch \d"):
        fit(model, TRAIN, VALIDATION, _settings(5), Stopwatch())


def test_each_epoch_is_reported(space: spaces.Space) -> None:
    """Progress would stand still."""
    heard: list[tuple[int, int, float]] = []
    result = fit(
        _model(space), TRAIN, VALIDATION, _settings(2), Stopwatch(), lambda *report: heard.append(report)
    )
    assert [(epoch, epochs) for epoch, epochs, _ in heard] == [(1, 2), (2, 2)]
    assert [score for _, _, score in heard] == result.history["val_accuracy"]
