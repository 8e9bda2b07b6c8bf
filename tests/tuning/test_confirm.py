"""The best trials are trained again before one of them wins."""

import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.tuning.searches import SETTINGS, Notes, interrupted, prepare, records, search, search_record
from tunebench.objectives import OBJECTIVES
from tunebench.records import TrialRecord
from tunebench.runs import run_folder
from tunebench.tuning.budget import Budget
from tunebench.tuning.confirm import contenders
from tunebench.tuning.ledger import Ledger
from tunebench.winner import Winner

pytestmark = pytest.mark.slow

# With these values all trials score about the same.
FIXED = {"learning_rate": 0.003, "augmentation": 0.0}
CONFIRMED = replace(SETTINGS, trials=3, epochs=1, confirm=2, hyperparameters=FIXED)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Winner]:
    """A search of three trials, of which two are trained again."""
    folder = tmp_path_factory.mktemp("finished")
    winner = search(prepare(folder), folder / "run", CONFIRMED)
    return folder / "run", winner


def test_the_best_mean_wins(finished: tuple[Path, Winner]) -> None:
    """The best trials have a second score from another seed, and the one with the best mean wins."""
    folder, winner = finished
    confirmed = search_record(winner).confirmed
    trials = {record.trial_id: record for record in records(folder)}
    again = {record.trial_id: record for record in Ledger.open(folder / run_folder.CONFIRMATIONS).records}
    best = sorted(trials.values(), key=lambda record: -(record.score or 0.0))[:2]
    assert set(confirmed) == {each.trial_id for each in best} == set(again)
    for trial, scores in confirmed.items():
        assert scores == [trials[trial].score, again[trial].score]
        assert trials[trial].seed != again[trial].seed
        assert trials[trial].history["loss"] != again[trial].history["loss"]
    first, second = map(fmean, confirmed.values())
    assert first >= second
    assert search_record(winner).best_score == first
    spent = max(record.elapsed_seconds for record in trials.values())
    assert search_record(winner).seconds > spent + sum(record.seconds.fit for record in again.values())
    assert winner.hyperparameters == trials[next(iter(confirmed))].hyperparameters


def test_an_interrupted_confirmation_resumes(finished: tuple[Path, Winner], tmp_path: Path) -> None:
    """What was trained again is kept; the winner is the same, also with a budget that limits nothing."""
    folder, winner = finished
    cut = interrupted(folder, tmp_path / "cut", 3)
    kept, *_ = (folder / run_folder.CONFIRMATIONS).read_bytes().splitlines(keepends=True)
    (cut / run_folder.CONFIRMATIONS).write_bytes(kept)
    notes = Notes()
    price = Budget(math.inf, 0.0, num_finals=2, num_again=2, epochs=1, test_share=0.3)
    resumed = search(prepare(tmp_path), cut, CONFIRMED, notes, price)
    assert notes.num_started == 1
    trials = records(cut)
    assert notes.afterwards["trial"] == price.expected(trials)
    assert notes.afterwards["confirmation"] == replace(price, num_again=0).expected(trials) > 0
    assert notes.time_left == {"trial": None, "confirmation": None}
    assert resumed == replace(winner, search=search_record(resumed))
    assert search_record(resumed).confirmed == search_record(winner).confirmed
    assert (cut / run_folder.CONFIRMATIONS).read_bytes().startswith(kept)


def test_without_a_choice_or_time_the_best_score_wins(finished: tuple[Path, Winner], tmp_path: Path) -> None:
    """With ``confirm=1``, or if the time is up, nothing is trained again."""
    folder, _ = finished
    best = max(records(folder), key=lambda record: record.score or 0.0)
    notes = Notes()
    plain = search(
        prepare(tmp_path), interrupted(folder, tmp_path / "one", 3), replace(CONFIRMED, confirm=1), notes
    )
    assert (plain.hyperparameters, search_record(plain).confirmed) == (best.hyperparameters, {})
    budget = Budget(1000, 0.0, num_finals=1, num_again=2, epochs=2, test_share=0.3, now=lambda: 999.0)
    late = search(prepare(tmp_path), interrupted(folder, tmp_path / "late", 3), CONFIRMED, notes, budget)
    assert late.hyperparameters == best.hyperparameters
    assert notes.num_started == 0
    assert any("no time left to train the best trials again" in note for note in notes.notes)
    # The end of the command, not that of the stage.
    assert [left() for left in notes.time_left.values() if left] == [1.0, 1.0]


def test_only_trials_that_may_be_the_best_are_candidates() -> None:
    """They score within two standard errors of the best, and are not more than the option says."""

    def candidates(*scores: float, confirm: int = 3, images: int = 400, of: str = "accuracy") -> list[Any]:
        trials = [
            TrialRecord(
                trial_id=str(number),
                status="completed",
                hyperparameters={},
                score=score,
                epochs=1,
                history={},
                started_at="",
                elapsed_seconds=0,
                seed=0,
            )
            for number, score in enumerate(scores)
        ]
        return [each.score for each in contenders(trials, confirm, [images // 2] * 2, OBJECTIVES[of])]

    # The standard error of 0.5 with 400 images is 0.025.
    assert candidates(0.5, 0.46, 0.44) == [0.5, 0.46]
    assert candidates(0.5, 0.46, 0.44, images=100) == [0.5, 0.46, 0.44]
    assert candidates(0.5, 0.49, 0.48, 0.47) == [0.5, 0.49, 0.48]
    assert candidates(0.5, 0.5, confirm=1) == [0.5]
    assert candidates(1.0, 0.99) == [1.0]
    # Of a loss the standard error is not known.
    assert candidates(-0.5, -0.6, -9.0, -9.5, of="loss") == [-0.5, -0.6, -9.0]
