"""Which runs a study consists of."""

import pytest

from tunebench import spaces
from tunebench.comparison.study import FEWEST_TRIALS
from tunebench.runs.study_record import PlannedRun
from tunebench.spaces import Space
from tunebench.studies.estimate import Pace, seconds, trials_within
from tunebench.studies.plan import extent, images_of, plan
from tunebench.study_options import PARTS, StudyOptions


@pytest.fixture(scope="module")
def found() -> list[Space]:
    """A network on images and one with a frozen part."""
    return [spaces.find("cnn1"), spaces.find("mobilenet_v2")]


def runs(found: list[Space], images: int = 1297, **options: object) -> dict[str, PlannedRun]:
    """The planned runs by name."""
    planned = plan(found, StudyOptions(**options), images, 10)  # type: ignore[arg-type] # any option
    assert len({run.name for run in planned}) == len(planned)
    return {run.name: run for run in planned}


def test_a_complete_study_asks_every_part_of_every_space(found: list[Space]) -> None:
    """The reference models have their own epochs, and nothing is stopped early unless that is asked."""
    planned = runs(found)
    assert {run.part for run in planned.values()} == set(PARTS)
    for role in (
        "reference",
        "tuned",
        "plain",
        "augmented",
        "stopped",
        "both",
        "half-precision",
        "20-percent",
    ):
        assert {f"cnn1-{role}", f"mobilenet_v2-{role}"} <= planned.keys()
    assert planned["cnn1-reference"].epochs == 20
    stopped = {name for name, run in planned.items() if run.patience is not None}
    assert {name.partition("-")[2] for name in stopped} >= {"tuned", "stopped", "both"}
    assert not stopped & {"cnn1-plain", "cnn1-augmented", "cnn1-reference", "cnn1-half-precision"}


def test_the_tuners_search_the_first_space(found: list[Space]) -> None:
    """Each with the same time."""
    names = {f"cnn1-{tuner}" for tuner in ("random", "bayesian", "hyperband", "grid")}
    assert {name for name, run in runs(found).items() if run.role == "tuner"} == names


@pytest.mark.parametrize(("epochs", "patience"), [(90, 16), (60, 16), (30, 8), (10, 3), (6, 3), (1, 3)])
def test_patience_is_a_share_of_the_epochs(epochs: int, patience: int) -> None:
    """Otherwise early stopping would never stop short trainings, and the question would have no answer."""
    assert extent(StudyOptions(epochs=epochs)).patience == patience


def test_parts_of_the_images_are_trained_for_as_many_steps_as_all_of_them(found: list[Space]) -> None:
    """Sizes that leave hardly an image of a class to validate on are left out."""
    planned = runs(found, only="data", epochs=30)
    quarter = planned["cnn1-40-percent"]
    assert (quarter.train_size, quarter.epochs, quarter.patience) == (519, 75, 20)
    assert "cnn1-10-percent" in planned
    assert "cnn1-10-percent" not in runs(found, images=700)


def test_a_part_brings_what_it_needs(found: list[Space]) -> None:
    """Winners, and their values without the change, but nothing else."""
    only_tuned = {"cnn1-tuned", "mobilenet_v2-tuned"}
    assert runs(found, only="tuned").keys() == only_tuned
    efficiency = runs(found[:1], only=("efficiency",)).keys()
    assert efficiency == {"cnn1-tuned", "cnn1-plain", "cnn1-half-precision"}
    assert runs(found[:1], only="reference").keys() == {"cnn1-reference"}


def test_each_run_comes_after_those_that_it_needs(found: list[Space]) -> None:
    """The winners first."""
    names = list(runs(found, only="efficiency,data"))
    assert names[:2] == ["cnn1-tuned", "mobilenet_v2-tuned"]


def test_a_quick_study_asks_only_what_it_can_answer(found: list[Space]) -> None:
    """Neither early stopping nor tuners, unless they are asked for, and all other parts."""
    planned = runs(found[:1], quick=True)
    assert {run.part for run in planned.values()} == {*PARTS} - {"early-stopping", "tuners"}
    assert not {"cnn1-stopped", "cnn1-both"} & planned.keys()
    asked = runs(found[:1], quick=True, only=("early-stopping", "tuners"))
    assert {run.role for run in asked.values()} == {"tuned", "tuner", "plain", "stopped"}


def test_both_changes_are_asked_about_if_each_is(found: list[Space]) -> None:
    """One of them alone needs no run with both."""
    alone = [runs(found[:1], only=part).keys() for part in ("augmentation", "early-stopping")]
    assert alone == [{"cnn1-tuned", "cnn1-plain", f"cnn1-{role}"} for role in ("augmented", "stopped")]
    assert "cnn1-both" in runs(found[:1], only=("augmentation", "early-stopping"))


def test_quick_trains_less() -> None:
    """Unless numbers are given."""
    quick, usual = extent(StudyOptions(quick=True)), extent(StudyOptions())
    assert FEWEST_TRIALS <= quick.trials < usual.trials
    assert quick.epochs < usual.epochs
    assert extent(StudyOptions(quick=True, trials=9, epochs=7)).trials == 9
    assert images_of(StudyOptions(quick=True), 1297, 10) == 400
    assert images_of(StudyOptions(quick=True), 300, 10) is None
    assert images_of(StudyOptions(quick=True, train_size="all"), 1297, 10) is None
    assert images_of(StudyOptions(), 1297, 10) is None


def test_the_time_of_a_run_is_that_of_its_trainings(found: list[Space]) -> None:
    """A search trains each trial; more seeds, images and epochs cost more."""
    pace, options = Pace(setup=2.0, step=0.01), StudyOptions(trials=10)
    planned = runs(found, trials=10)
    search, train = planned["cnn1-tuned"], planned["cnn1-plain"]
    cost = [seconds(each, pace, 1297, extent(options), 3) for each in (train, search)]
    assert cost[1] > cost[0] + 10 * 2.0
    assert seconds(train, pace, 1297, extent(options), 6) > 1.5 * cost[0]
    assert seconds(train, Pace(2.0, 0.01, prefix=0.1), 1297, extent(options), 3) > cost[0] + 100


def test_what_a_search_is_expected_to_take_is_enough_for_its_trials(found: list[Space]) -> None:
    """And half of it for about half of them; the first trial is always made."""
    size, pace = extent(StudyOptions(trials=10)), Pace(setup=2.0, step=0.01, prefix=0.1)
    for search in (runs(found, trials=10)["cnn1-tuned"], runs(found, trials=10)["mobilenet_v2-tuned"]):
        whole = seconds(search, pace, 1297, size, 3)
        assert trials_within(whole + 0.1, search, pace, 1297, size, 3) == 10
        assert 2 <= trials_within(whole / 2, search, pace, 1297, size, 3) <= 5
        assert trials_within(1.0, search, pace, 1297, size, 3) == 1
