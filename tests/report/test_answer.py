"""The answer in words follows from the figures."""

import json
import re
from pathlib import Path

import pytest

from tests.synthetic_report import section_of
from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.comparison import Verdict, compare_runs
from tunebench.report.answer import Answer, answer
from tunebench.report.words import plain
from tunebench.runs import select_runs


def texts(words: Answer) -> str:
    """All findings and next steps, a line each."""
    return "\n".join(plain(sentence) for sentence in (*words.findings, *words.next_steps))


def test_the_most_accurate_model_and_a_faster_alternative_are_recommended(tmp_path: Path) -> None:
    """The alternative is the most accurate of the clearly faster models; the fastest one is in its note."""
    words = answer(section_of(tmp_path, FOUR))
    assert [(each.purpose, each.model.label) for each in words.recommendations] == [
        ("Most accurate", "mobilenet_v2"),
        ("When time matters", "cnn3"),
    ]
    assert "fastest: cnn1, 9.3" in plain(words.recommendations[1].note)


def test_an_established_difference_comes_with_its_price(tmp_path: Path) -> None:
    """The lead in accuracy is followed by the ratio of training times."""
    text = texts(answer(section_of(tmp_path, FOUR)))
    assert "mobilenet_v2 is 27.0 points better than cnn3" in text
    assert " It takes 1.3 times as long to train." in text


def test_what_is_not_established_is_never_called_better(tmp_path: Path) -> None:
    """A lead that is not established is called not significant."""
    words = answer(section_of(tmp_path, FOUR[1:3]))
    text = texts(words)
    assert "No significant difference" in text
    assert "better" not in text
    assert "test on more images" in text


def test_undecided_neighbours_are_named(tmp_path: Path) -> None:
    """Models below the top whose order is not established are listed."""
    assert "cnn3 and cnn2 cannot be distinguished on these images" in texts(
        answer(section_of(tmp_path, FOUR))
    )


def test_the_most_accurate_model_may_be_the_fastest(tmp_path: Path) -> None:
    """No alternative is recommended if it would not save time."""
    models = [Model(name="both", accuracy=0.9, seconds=5), Model(name="neither", accuracy=0.5, seconds=50)]
    words = answer(section_of(tmp_path, models))
    assert [each.model.label for each in words.recommendations] == ["both"]
    assert "no model is clearly faster" in plain(words.recommendations[0].note)
    assert "times as fast" in texts(words)


def test_one_seed_is_a_caveat_and_a_next_step(tmp_path: Path) -> None:
    """Results of one seed are marked as trained, and more seeds are suggested."""
    models = [
        Model(name="a", accuracy=0.9, seconds=5, seeds=1),
        Model(name="b", accuracy=0.5, seconds=5, seeds=1),
    ]
    text = texts(answer(section_of(tmp_path, models)))
    assert "As trained, a is" in text
    assert "One seed per model" in text
    assert "--seeds 3" in text


def test_a_single_model_is_not_compared_with_itself(tmp_path: Path) -> None:
    """One model gets a note, its seeds and a suggestion, but no comparison."""
    words = answer(section_of(tmp_path / "three", FOUR[:1]))
    assert len(words.recommendations) == 1
    assert "nothing to compare" in plain(words.recommendations[0].note)
    assert "Tune another model" in texts(words)
    assert "Three seeds." in texts(words)
    lone = answer(section_of(tmp_path / "lone", [Model(name="a", accuracy=0.9, seconds=5, seeds=1)]))
    assert "One seed: how much results vary between seeds is unknown." in texts(lone)


def test_times_of_different_machines_are_not_compared(tmp_path: Path) -> None:
    """Neither recommendations nor findings use times from different devices."""
    write_run(tmp_path / "gpu", Model(name="gpu", accuracy=0.9, seconds=2, device="GPU: one"))
    words = answer(section_of(tmp_path, FOUR[:2]))
    assert [each.model.label for each in words.recommendations] == ["gpu"]
    assert "timed under different conditions (device)" in plain(words.recommendations[0].note)
    assert "to train" not in texts(words)


def test_the_gain_from_tuning_is_stated(tmp_path: Path) -> None:
    """A tuned model is compared with its space's defaults."""
    models = [FOUR[2], Model(name="cnn3-default", accuracy=0.49, seconds=20, tuned=False)]
    text = texts(answer(section_of(tmp_path, models)))
    assert re.search(r"Gain from tuning over the defaults: cnn3 1\d\.\d points \(p\s=\s\.001\)\.", text)


def test_values_set_by_hand_are_not_the_defaults(tmp_path: Path) -> None:
    """A baseline with values set by hand does not count as the defaults."""
    by_hand = Model(
        name="cnn3-default", accuracy=0.3, seconds=20, tuned=False, settings={"set": "filters_1=1"}
    )
    assert "Gain" not in texts(answer(section_of(tmp_path, [FOUR[2], by_hand])))


def test_gains_from_tuning_and_from_other_changes_are_separate(tmp_path: Path) -> None:
    """If other training conditions differ, too, the gain names them."""
    models = [FOUR[2], Model(name="cnn3-default", accuracy=0.49, seconds=20, epochs=10, tuned=False, seeds=1)]
    text = texts(answer(section_of(tmp_path, models)))
    assert "Gain from tuning" not in text
    assert re.search(
        r"from tuning and other changes: cnn3 \d+\.\d points "
        r"\(p\s<\s\.001, as trained; epoch limit 20 instead of 10\)\.",
        text,
    )


def test_a_model_at_chance_level_is_not_recommended(tmp_path: Path) -> None:
    """A clearly faster model that does no better than guessing is named only in a note."""
    section = section_of(tmp_path, [FOUR[3], Model(name="chance", accuracy=0.1, seconds=1)])
    (recommendation,) = answer(section).recommendations
    assert "no better than guessing" in plain(recommendation.note)


def test_a_model_with_overlapping_times_is_not_recommended(tmp_path: Path) -> None:
    """An alternative must be faster in every repeat."""
    folders = write_runs(tmp_path, FOUR[2:])
    record = json.loads((folders[0] / "run.json").read_text())
    record["finals"][0]["train_seconds"] = 56.0
    (folders[0] / "run.json").write_text(json.dumps(record))
    section = compare_runs(select_runs([], tmp_path)).sections[0]
    assert [each.purpose for each in answer(section).recommendations] == ["Most accurate"]
    assert "takes about 1." in texts(answer(section))


def test_variation_between_seeds_is_not_called_no_significant_difference(tmp_path: Path) -> None:
    """If the trained models differ on the images, the doubt is attributed to the seeds."""
    models = [
        Model(name="a", accuracy=0.7, seconds=5, seed_spread=1.2),
        Model(name="b", accuracy=0.45, seconds=5, seed_spread=1.2),
    ]
    section = section_of(tmp_path, models)
    (pair,) = section.pairs
    assert pair.verdict is Verdict.NOT_ESTABLISHED
    assert pair.seeds_vary
    text = texts(answer(section))
    assert "results vary too much between seeds" in text
    assert "No significant" not in text


def test_the_doubt_about_seeds_concerns_the_accuracy(tmp_path: Path) -> None:
    """The caveat about other seeds precedes the sentence about time."""
    models = [
        Model(name="a", accuracy=0.9, seconds=5, seeds=1),
        Model(name="b", accuracy=0.5, seconds=15, seeds=1),
    ]
    text = texts(answer(section_of(tmp_path, models)))
    assert re.search(r"another seed could change that\. a trains about \d\.\d times as fast\.", text)


def test_missing_predictions_make_a_difference_untestable(tmp_path: Path) -> None:
    """Without predictions, a difference is called untestable instead of not established."""
    write_runs(tmp_path, FOUR[1:3])
    (tmp_path / "cifar10" / "cnn2" / "predictions-0.npz").unlink()
    section = compare_runs(select_runs([], tmp_path)).sections[0]
    assert "cannot be tested (predictions missing)" in texts(answer(section))


def test_optima_at_the_edge_suggest_a_wider_range(tmp_path: Path) -> None:
    """Best values at the edge of their range are listed among the next steps."""
    text = texts(answer(section_of(tmp_path, FOUR[:2])))
    assert "Widen the ranges whose best value is at the edge" in text
    assert "learning_rate (highest allowed)" in text


@pytest.mark.parametrize("seeds", [2, 3])
def test_seeds_are_counted(tmp_path: Path, seeds: int) -> None:
    """The number of seeds is stated in words."""
    models = [Model(name=name, accuracy=0.6, seconds=5, seeds=seeds) for name in "ab"]
    assert {2: "Two seeds per model.", 3: "Three seeds per model."}[seeds] in texts(
        answer(section_of(tmp_path, models))
    )
