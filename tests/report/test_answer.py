"""The answer in words says what the figures carry, and no more."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.comparison import Section, Verdict, compare_runs
from tunebench.report.answer import Answer, answer
from tunebench.report.words import plain
from tunebench.runs import select_runs


def section_of(runs_dir: Path, models: Sequence[Model]) -> Section:
    """Runs of these models, compared."""
    write_runs(runs_dir, models)
    return compare_runs(select_runs([], runs_dir)).sections[0]


def texts(words: Answer) -> str:
    """All sentences, a line each."""
    return "\n".join(plain(sentence) for sentence in (*words.findings, *words.next_steps))


def test_the_most_accurate_and_the_one_that_saves_time(tmp_path: Path) -> None:
    """The recommendations would name the wrong models."""
    words = answer(section_of(tmp_path, FOUR))
    assert [(each.purpose, each.model.label) for each in words.recommendations] == [
        ("Most accurate", "mobilenet_v2"),
        ("When time matters", "cnn3"),
    ]
    assert "cnn1: 9.3" in plain(words.recommendations[1].note)


def test_an_established_difference_is_said_with_its_evidence_and_its_price(tmp_path: Path) -> None:
    """A reader could not tell a finding from a hope."""
    text = texts(answer(section_of(tmp_path, FOUR)))
    assert "mobilenet_v2 is 27.0 points better than cnn3" in text
    assert " It takes 1.3 times the training time." in text


def test_what_is_not_established_is_never_called_better(tmp_path: Path) -> None:
    """Chance would be sold as a finding."""
    words = answer(section_of(tmp_path, FOUR[1:3]))
    text = texts(words)
    assert "No significant difference" in text
    assert "better" not in text
    assert "test on more images" in text


def test_neighbours_below_the_top_are_told_apart_or_not(tmp_path: Path) -> None:
    """Two models in the middle would seem ranked."""
    assert "cnn3 and cnn2 cannot be told apart on these images" in texts(answer(section_of(tmp_path, FOUR)))


def test_the_most_accurate_is_also_the_fastest(tmp_path: Path) -> None:
    """A second recommendation would cost accuracy for no gain in time."""
    models = [Model(name="both", accuracy=0.9, seconds=5), Model(name="neither", accuracy=0.5, seconds=50)]
    words = answer(section_of(tmp_path, models))
    assert [each.model.label for each in words.recommendations] == ["both"]
    assert "no other model saves" in plain(words.recommendations[0].note)
    assert "times faster" in texts(words)


def test_one_seed_is_a_caveat_and_a_next_step(tmp_path: Path) -> None:
    """A luckier seed would be taken for a better model."""
    models = [
        Model(name="a", accuracy=0.9, seconds=5, seeds=1),
        Model(name="b", accuracy=0.5, seconds=5, seeds=1),
    ]
    text = texts(answer(section_of(tmp_path, models)))
    assert "as trained" in text
    assert "One seed each" in text
    assert "--seeds 3" in text


def test_a_single_model_is_not_compared_with_itself(tmp_path: Path) -> None:
    """The first run a newcomer makes is a page too."""
    words = answer(section_of(tmp_path / "three", FOUR[:1]))
    assert len(words.recommendations) == 1
    assert "nothing to compare" in plain(words.recommendations[0].note)
    assert "Tune another model" in texts(words)
    assert "Three seeds." in texts(words)
    lone = answer(section_of(tmp_path / "lone", [Model(name="a", accuracy=0.9, seconds=5, seeds=1)]))
    assert "better model" not in texts(lone)


def test_times_of_different_machines_are_not_spoken_of(tmp_path: Path) -> None:
    """A GPU's seconds would be called faster than a CPU's."""
    write_run(tmp_path / "gpu", Model(name="gpu", accuracy=0.9, seconds=2, device="GPU: one"))
    words = answer(section_of(tmp_path, FOUR[:2]))
    assert [each.model.label for each in words.recommendations] == ["gpu"]
    assert "not measured alike (device)" in plain(words.recommendations[0].note)
    assert "training time" not in texts(words)


def test_what_tuning_gained_is_said(tmp_path: Path) -> None:
    """The question that brings a user here: was the search worth it?"""
    models = [FOUR[2], Model(name="cnn3-default", accuracy=0.49, seconds=20, tuned=False)]
    text = texts(answer(section_of(tmp_path, models)))
    assert re.search(r"Gained by tuning, over the defaults: cnn3 1\d\.\d points \(p\s<\s\.001\)\.", text)


def test_values_set_by_hand_are_not_the_defaults(tmp_path: Path) -> None:
    """Tuning would be credited with what a user's own values lack."""
    by_hand = Model(
        name="cnn3-default", accuracy=0.3, seconds=20, tuned=False, settings={"set": "filters_1=1"}
    )
    assert "Gained" not in texts(answer(section_of(tmp_path, [FOUR[2], by_hand])))


def test_tuning_alone_is_credited_only_where_nothing_else_differs(tmp_path: Path) -> None:
    """Longer training would be sold as what the search gained."""
    models = [FOUR[2], Model(name="cnn3-default", accuracy=0.49, seconds=20, epochs=10, tuned=False, seeds=1)]
    text = texts(answer(section_of(tmp_path, models)))
    assert "Gained by tuning, over" not in text
    assert re.search(
        r"by tuning and by other conditions: cnn3 \d+\.\d points "
        r"\(p\s<\s\.001, as trained; epoch limit 20 instead of 10\)\.",
        text,
    )


def test_guessing_saves_no_time(tmp_path: Path) -> None:
    """A model that learnt nothing would be recommended, for it learnt it fast."""
    section = section_of(tmp_path, [FOUR[3], Model(name="chance", accuracy=0.1, seconds=1)])
    assert [each.purpose for each in answer(section).recommendations] == ["Most accurate"]


def test_times_that_overlap_save_none(tmp_path: Path) -> None:
    """The next training might take longer than the one it should beat."""
    folders = write_runs(tmp_path, FOUR[2:])
    record = json.loads((folders[0] / "run.json").read_text())
    record["finals"][0]["train_seconds"] = 56.0
    (folders[0] / "run.json").write_text(json.dumps(record))
    section = compare_runs(select_runs([], tmp_path)).sections[0]
    assert [each.purpose for each in answer(section).recommendations] == ["Most accurate"]
    assert "takes about 1." in texts(answer(section))


def test_scattered_seeds_are_not_called_no_significant_difference(tmp_path: Path) -> None:
    """The sentence would contradict the small p-value that stands in it."""
    models = [
        Model(name="a", accuracy=0.7, seconds=5, seeds=2, seed_spread=1.2),
        Model(name="b", accuracy=0.45, seconds=5, seeds=2, seed_spread=1.2),
    ]
    section = section_of(tmp_path, models)
    (pair,) = section.pairs
    assert pair.verdict is Verdict.NOT_ESTABLISHED
    assert pair.p_adjusted is not None
    assert pair.p_adjusted < 0.05
    text = texts(answer(section))
    assert "the seeds scatter too much" in text
    assert "No significant" not in text


def test_the_doubt_stands_with_the_accuracy_and_not_with_the_time(tmp_path: Path) -> None:
    """Another seed may turn which model is better, not how long each takes."""
    models = [
        Model(name="a", accuracy=0.9, seconds=5, seeds=1),
        Model(name="b", accuracy=0.5, seconds=15, seeds=1),
    ]
    text = texts(answer(section_of(tmp_path, models)))
    assert re.search(r"another seed of either may turn that\. a trains about \d\.\d times faster\.", text)


def test_missing_predictions_are_not_taken_for_no_difference(tmp_path: Path) -> None:
    """Untested is not the same as not established."""
    write_runs(tmp_path, FOUR[1:3])
    (tmp_path / "cifar10" / "cnn2" / "predictions-0.npz").unlink()
    section = compare_runs(select_runs([], tmp_path)).sections[0]
    assert "cannot be tested (predictions missing)" in texts(answer(section))


def test_optima_at_their_edge_ask_for_a_wider_range(tmp_path: Path) -> None:
    """A reader would take the best value found for the best there is."""
    text = texts(answer(section_of(tmp_path, FOUR[:2])))
    assert "Search a wider range" in text
    assert "learning_rate (highest allowed)" in text


@pytest.mark.parametrize("seeds", [2, 3])
def test_seeds_are_counted(tmp_path: Path, seeds: int) -> None:
    """The reader weighs every figure by it."""
    models = [Model(name=name, accuracy=0.6, seconds=5, seeds=seeds) for name in "ab"]
    assert {2: "Two seeds each.", 3: "Three seeds each."}[seeds] in texts(
        answer(section_of(tmp_path, models))
    )
