"""Which trials and hyperparameters are drawn, and which line is the winner."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection

from tests.synthetic_report import section_of
from tests.synthetic_runs import Model
from tests.synthetic_trials import scored_trial
from tunebench.comparison import ModelSummary
from tunebench.records import TrialRecord
from tunebench.report import charts
from tunebench.report.search_view import search_view
from tunebench.runs import Run


def _searched(folder: Path, trials: list[TrialRecord], winner: TrialRecord, **search: Any) -> ModelSummary:
    """A model with these trials, whose final trainings have the winner's values."""
    (model,) = section_of(folder, [Model(name="one", accuracy=0.7, seconds=9)]).models
    assert model.record.search is not None
    record = replace(
        model.record,
        hyperparameters=winner.hyperparameters,
        search=replace(model.record.search, importance=None, **search),
    )
    trials = [replace(trial, trial_id=str(number)) for number, trial in enumerate(trials)]
    return replace(model, run=Run(model.run.folder, record), trials=tuple(trials))


def _highlighted(model: ModelSummary) -> list[list[float]]:
    """The positions of each coloured line, the winner's last."""
    figure = charts.parallel_coordinates(model)
    assert figure is not None
    *_, lines = (each for each in figure.axes[0].collections if isinstance(each, LineCollection))
    return [np.asarray(path.vertices)[:, 1].tolist() for path in lines.get_paths()]


def test_the_winner_is_the_trial_that_the_table_shows(tmp_path: Path) -> None:
    """Of equal scores it need not be the first in the ledger; a confirmation may prefer a lower score."""
    trials = [scored_trial(score, units=units) for units, score in ((1, 0.7), (2, 0.7), (3, 0.6))]
    for number, position in enumerate((0, 0.5, 1)):
        model = _searched(tmp_path, trials, trials[number])
        ((units, _),) = _highlighted(model)
        assert units == position
    assert search_view(model, "m1", in_full=True).trials_caption.endswith("; the winner is coloured.")


def test_the_confirmed_trial_is_told_from_others_with_its_values(tmp_path: Path) -> None:
    """Hyperband trains the same values for more epochs; without a confirmation the better score won."""
    trials = [scored_trial(score, units=units) for units, score in ((1, 0.7), (2, 0.5), (1, 0.6))]
    cases: list[tuple[dict[str, list[float]], float]] = [
        ({}, 1),
        ({"2": [0.6, 0.9], "0": [0.7, 0.7]}, 0.5),
    ]
    for confirmed, position in cases:
        ((_, score),) = _highlighted(_searched(tmp_path, trials, trials[0], confirmed=confirmed))
        assert abs(score - position) < 1e-9


def test_of_many_trials_the_best_tenth_and_the_winner_are_coloured(tmp_path: Path) -> None:
    """The winner comes last, over the others, although its score is low."""
    trials = [scored_trial(number / 30, units=number) for number in range(30)]
    model = _searched(tmp_path, trials, trials[0])
    assert [score for _, score in _highlighted(model)] == [28 / 29, 1, 0]
    caption = search_view(model, "m1", in_full=True).trials_caption
    assert caption.endswith("the best tenth is coloured, and the thickest line is the winner.")


def test_hyperparameters_without_room_are_named(tmp_path: Path) -> None:
    """Seven have an axis: none that never varies; those that the winner lacks come last."""
    names = [f"h{number}" for number in range(8)]
    first = dict.fromkeys(names, 1)
    trials = [
        scored_trial(0.7, constant=3, **first),
        scored_trial(0.6, constant=3, **dict.fromkeys(names, 2), only_here=5),
    ]
    model = _searched(tmp_path, trials, trials[0])
    drawn = charts.drawn_trials(model)
    assert drawn is not None
    assert drawn.names == tuple(names[:7])
    assert drawn.left_out == ("h7", "only_here")
    caption = search_view(model, "m1", in_full=True).trials_caption
    assert caption.endswith("the winner is coloured. There was no room for h7 and only_here.")
