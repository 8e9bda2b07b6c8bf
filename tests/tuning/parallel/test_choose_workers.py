"""``--workers auto``: how many workers are chosen, and the measurement behind it."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import keras_tuner
import msgspec
import numpy as np
import pytest

from tests.backends.lab import PREFIXED_SPACE
from tests.small import UNTRACED_SPACE
from tests.tuning.parallel.processes import nothing_left
from tests.tuning.searches import SETTINGS, Notes, ledger, prepare, search
from tunebench import environment
from tunebench.errors import OutOfTimeError, SearchError
from tunebench.features.preparation import Preparation
from tunebench.options import SearchOptions
from tunebench.records import TrialStatus
from tunebench.tuning.budget import Budget
from tunebench.tuning.parallel import choose_workers, payload, side_by_side
from tunebench.tuning.parallel.choose_workers import choose, decide
from tunebench.tuning.parallel.side_by_side import SideBySide, together
from tunebench.tuning.parallel.trainer import Trainer
from tunebench.tuning.task import TrialOutcome, TrialTask

AUTO = replace(SETTINGS, workers="auto")
# Its fit would end after two epochs, and its callback after one.
ENDING_SPACE = (
    UNTRACED_SPACE.replace("def build(", "def built(")
    + """

import keras_tuner


class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


class Tiny(keras_tuner.HyperModel):
    def build(self, hp):
        return built(hp, (32, 32, 3), 10)

    def fit(self, hp, model, *args, callbacks=(), **kwargs):
        return model.fit(*args, epochs=2, callbacks=[*callbacks, Stop()], **kwargs)
"""
)


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with eight cores."""
    monkeypatch.setattr(environment, "num_cpus", lambda: 8)


def _gains(
    monkeypatch: pytest.MonkeyPatch, rates: Mapping[int, float], late: Callable[[int], bool] = bool
) -> list[int]:
    """Replace the measurement by these rates, others fail; returns the numbers that will be measured.

    With a budget, the time for measuring is up at those that are ``late``.
    """
    asked: list[int] = []

    class Measurement:
        def __init__(self, *_: Any) -> None:
            pass

        def rate(self, workers: int, until: float | None) -> float:
            asked.append(workers)
            if until is not None and late(workers):
                raise OutOfTimeError("The time is up.")
            if workers not in rates:
                raise SearchError("No memory.")
            return rates[workers]

    monkeypatch.setattr(choose_workers, "SideBySide", Measurement)
    return asked


def _chosen(
    preparation: Preparation,
    options: SearchOptions = AUTO,
    before: int | None = None,
    left: float | None = None,
) -> list[Any]:
    """The number of workers and the notes, with so many seconds of a budget left."""
    notes, hp = Notes(), keras_tuner.HyperParameters()
    budget = None if left is None else Budget(left, 0.0, 1, 1, 0.1, now=lambda: 0.0)
    return [choose(preparation, options, hp, before, notes, budget).workers, *notes.notes]


@pytest.mark.parametrize(
    ("rates", "failure", "workers", "reason"),
    [
        ({1: 10, 2: 10.9}, "", 1, "because 2 train 1.09× as many steps per second"),
        ({1: 10, 2: 4}, "", 1, "because 2 train 0.40× as many steps per second"),
        ({1: 10, 2: 11}, "", 2, "1.1× as many steps per second as one"),
        ({1: 10, 2: 18, 4: 26, 8: 27}, "", 4, "2.6× as many steps per second as one"),
        ({1: 10, 2: 18}, "4 failed: x", 2, "1.8× as many steps per second as one; 4 failed: x"),
        ({1: 10}, "2 failed: x", 1, "because 2 failed: x"),
        ({3: 30, 6: 60}, "", 6, "2.0× as many steps per second as 3"),
        ({3: 30, 6: 31}, "", 3, "because 6 train 1.03× as many steps per second"),
    ],
)
def test_twice_as_many_are_chosen_if_they_gain_a_tenth(
    rates: dict[int, float], failure: str, workers: int, reason: str
) -> None:
    """The reason compares with the smallest number, or says why there are not more."""
    chosen = decide(rates, failure)
    assert (chosen.workers, chosen.reason) == (workers, reason)


@pytest.mark.parametrize(
    ("ends", "rate"),
    [
        # Before the second worker's first epoch has ended, the first one had the machine for itself.
        ([[0.0, 0.1, 0.2, 5.0, 6.0, 7.0], [5.0, 7.0]], 1.5),
        ([[1.0, 2.0, 3.0]], 1.0),
        ([[1.0, 2.0, 3.0], []], None),
        ([[0.0, 9.0], [5.0, 7.0]], None),
        ([[0.0, 1.0], [5.0]], None),
        ([[1.0, 2.0]], None),
        ([[0.0, 30.0]], 1 / 30),
    ],
)
def test_epochs_count_while_all_train(ends: Sequence[Sequence[float]], rate: float | None) -> None:
    """For two seconds at least; ``None`` as long as more has to be seen."""
    assert together(ends, 2.0) == (None if rate is None else pytest.approx(rate))


def test_numbers_are_doubled_as_long_as_that_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And remembered for the machine, the space, the images and what ``--set`` fixes."""
    preparation = prepare(tmp_path)
    asked = _gains(monkeypatch, {1: 10, 2: 18, 4: 19})
    result = "Workers: 2, 1.8× as many steps per second as one"
    timing = [f"Workers: timing {number} ..." for number in (1, 2, 4)]
    assert _chosen(preparation) == [2, *timing, f"{result}; remembered for this machine."]
    assert _chosen(preparation) == [2, f"{result}; measured on this machine earlier."]
    assert asked == [1, 2, 4]
    _gains(monkeypatch, {1: 10, 2: 18, 4: 30, 8: 50})
    other = replace(preparation, data=replace(preparation.data, class_names=("0", "1")))
    assert _chosen(other)[0] == 8


def test_what_fails_ends_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers before it count; without any it is one, and nothing is remembered."""
    preparation = prepare(tmp_path)
    _gains(monkeypatch, {})
    assert _chosen(preparation)[::2] == [1, "Workers: 1, because 1 failed: No memory."]
    _gains(monkeypatch, {1: 10, 2: 18})
    assert (
        "2, 1.8× as many steps per second as one; 4 failed: No memory; not remembered"
        in _chosen(preparation)[-1]
    )


def test_a_budget_limits_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a tenth of the time left. With too little there is none, but what is remembered counts."""
    preparation = prepare(tmp_path)
    asked = _gains(monkeypatch, {1: 10, 2: 18, 4: 40, 8: 41}, late=lambda workers: workers == 4)
    assert _chosen(preparation, left=590)[-1] == (
        "Workers: 1, because measuring takes too long if less than 10 min of the --budget are left."
    )
    assert asked == []
    assert _chosen(preparation, left=610)[-1] == (
        "Workers: 2, 1.8× as many steps per second as one; a tenth of the time left was too short to time "
        "4; not remembered."
    )
    assert _chosen(preparation)[0] == 4
    assert _chosen(preparation, left=590)[0] == 4
    # Otherwise some of four GPUs would be idle.
    monkeypatch.setattr(environment, "num_gpus", lambda: 4)
    _gains(monkeypatch, {}, late=lambda _: True)
    assert [_chosen(preparation, left=left)[0] for left in (590, 610)] == [4, 4]


def test_a_fit_of_the_user_does_not_end_the_measurement(tmp_path: Path) -> None:
    """Neither the epochs that it sets nor a callback that stops the training."""
    measurement = SideBySide(prepare(tmp_path, ENDING_SPACE), AUTO, keras_tuner.HyperParameters())
    epochs: list[int] = []

    def send(message: tuple[Any, ...]) -> None:
        if message[0] == "epoch":
            epochs.append(message[1])
            if len(epochs) == 4:
                raise SearchError("The fourth epoch ended.")

    with pytest.raises(SearchError, match="The fourth epoch ended"):
        Trainer(measurement._setup).train(measurement._task, measurement._examples, send)
    assert epochs == [1, 2, 3, 4]


def test_each_gpu_gets_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With GPUs it is never fewer, and eight on each at most, however many processor cores there are."""
    monkeypatch.setattr(environment, "num_gpus", lambda: 2)
    asked = _gains(monkeypatch, {number: number for number in (2, 4, 8, 16, 32)})
    assert _chosen(prepare(tmp_path))[0] == 16
    assert asked == [2, 4, 8, 16]


def test_where_there_can_be_no_workers_it_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or what the search was started with; a number, and a cluster with its own default, are left alone."""
    preparation = prepare(tmp_path)
    asked = _gains(monkeypatch, {})
    assert _chosen(preparation, replace(AUTO, workers=3)) == [3]
    assert _chosen(preparation, replace(AUTO, cluster="auto")) == ["auto"]
    assert _chosen(preparation, before=4) == [4, "Workers: 4, as when the search was started."]
    nameless = replace(preparation, space=replace(preparation.space, source=None))
    assert _chosen(nameless) == [
        1,
        "Workers: 1, because workers cannot import a space that is a Python object.",
    ]
    monkeypatch.setattr(environment, "num_cpus", lambda: 1)
    assert _chosen(preparation) == [1, "Workers: 1, because there is one processor core."]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert _chosen(preparation)[1].startswith("Workers: 1, because Ray is not installed (pip install")
    assert asked == []


def test_features_are_random_numbers(tmp_path: Path) -> None:
    """Of the shape of the frozen prefix's output, so that none is computed; 16 batches on a processor."""
    preparation = prepare(tmp_path, PREFIXED_SPACE)
    [inputs, labels], [validation, _], _ = side_by_side._examples(preparation, keras_tuner.HyperParameters())
    assert inputs.shape == (len(labels), 8 * 8 * 3)
    assert validation.shape[1:] == inputs.shape[1:]
    assert inputs.dtype == np.float32
    images = prepare(tmp_path, UNTRACED_SPACE)
    hp = keras_tuner.HyperParameters()
    hp.values = {"batch_size": 2}
    [few, _], _, _ = side_by_side._examples(images, hp)
    assert len(few) in range(16, 33)
    assert few.dtype == np.uint8


def _ended(status: TrialStatus, message: str | None) -> bytes:
    """What a worker sends when a trial has ended."""
    task = TrialTask(trial_id="", hyperparameters=keras_tuner.HyperParameters(), seed=1, epochs=1)
    return payload.dump_result(task, TrialOutcome(status=status, message=message), 1)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (("done", "0", "ray-0", _ended("failed", "memory was not enough")), "memory was not enough"),
        (("done", "0", "ray-0", _ended("completed", None)), "a training ended by itself"),
        (("lost", "0", "ray-0", "its process died"), "its process died"),
        (("note", "Worker ray-0 was lost: its process died."), "ray-0 was lost"),
        (SearchError("Ray ended on this machine."), "Ray ended"),
    ],
)
def test_a_measurement_fails_if_one_worker_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: Any, reason: str
) -> None:
    """Or if its training ends, or Ray does; the bridge is closed."""
    bridge = Mock(**{"receive.side_effect": [("started", 2, 0.0), ("epoch", "1", 1, 9, 0.5), message]})
    monkeypatch.setattr(side_by_side, "Bridge", lambda: bridge)
    with pytest.raises(SearchError, match=reason):
        SideBySide(prepare(tmp_path), AUTO, keras_tuner.HyperParameters()).rate(2)
    bridge.close.assert_called_once_with()


@pytest.mark.slow
def test_a_search_keeps_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one worker it runs in its own process; with another number, its trials would differ."""
    preparation, notes = prepare(tmp_path), Notes()
    _gains(monkeypatch, {1: 10, 2: 10})
    search(preparation, tmp_path / "run", replace(AUTO, prune=True, trials=1), notes)
    assert {each["worker"] for each in ledger(tmp_path / "run")} == {"main"}
    assert msgspec.json.decode((tmp_path / "run" / "search.json").read_bytes())["workers"] == 1
    monkeypatch.setattr(choose_workers, "_measured", None)
    search(preparation, tmp_path / "run", replace(AUTO, prune=True, trials=2), notes)
    assert len(ledger(tmp_path / "run")) == 2
    assert "Workers: 1, as when the search was started." in notes.notes


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_real_workers_are_timed_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them train, without the end that their fit sets; afterwards, nothing is left running."""
    monkeypatch.setattr(side_by_side, "_SECONDS", 0.2)
    measurement = SideBySide(prepare(tmp_path, ENDING_SPACE), AUTO, keras_tuner.HyperParameters())
    with nothing_left():
        assert 0 < measurement.rate(2) < 1000
