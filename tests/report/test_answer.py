"""The answer in words follows from the figures."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.synthetic_report import section_of
from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.comparison import Verdict, compare_runs
from tunebench.comparison.settling import Settling
from tunebench.report import terminal
from tunebench.report.answer import Answer, answer
from tunebench.report.differences import verdict
from tunebench.report.words import plain
from tunebench.runs import select_runs


def texts(words: Answer) -> str:
    """All findings and next steps, a line each."""
    return "\n".join(plain(sentence) for sentence in (*words.findings, *words.next_steps))


def test_the_most_accurate_model_and_a_faster_alternative_are_recommended(tmp_path: Path) -> None:
    """The alternative is the fastest of the models that are hardly worse; its note says what it saves."""
    models = [*FOUR, Model(name="small", accuracy=0.86, seconds=20, seed_spread=0.01)]
    words = answer(section_of(tmp_path, models))
    assert [(each.purpose, each.model.label) for each in words.recommendations] == [
        ("Most accurate", "mobilenet_v2"),
        ("When time matters", "small"),
    ]
    assert re.fullmatch(
        r"trains 2\.\d times as fast, \d\.\d points worse", plain(words.recommendations[1].note)
    )


def test_a_model_that_loses_too_much_is_not_recommended(tmp_path: Path) -> None:
    """Unless the reader would give as many points."""
    (recommendation,) = answer(section_of(tmp_path, FOUR)).recommendations
    assert "every model that is clearly faster is more than 5.0 points worse" in plain(recommendation.note)
    generous = compare_runs(select_runs([], tmp_path), within=40).sections[0]
    assert answer(generous).recommendations[1].model.label == "cnn1"


def test_the_price_of_accuracy_is_stated_along_the_front(tmp_path: Path) -> None:
    """From the fastest model to the best one, with the gain and the cost of each step."""
    assert re.search(
        r"From the fastest model to the best: cnn1 \(49\.\d.% in 9\.\d.s\), cnn2 \+\d+\.\d points "
        r"for 2\d.s more, "
        r"(cnn3 .* more, )?mobilenet_v2 \+\d+\.\d points for \d+.s more\.",
        texts(answer(section_of(tmp_path, FOUR))),
    )


def test_an_established_difference_comes_with_its_price(tmp_path: Path) -> None:
    """The lead in accuracy is followed by the ratio of training times."""
    text = texts(answer(section_of(tmp_path, FOUR)))
    assert "mobilenet_v2 is 27.0 points better than cnn3" in text
    assert re.search(r" It takes 1\.3 times \(1\.\d to 1\.\d\) as long to train\.", text)


def test_what_is_not_established_is_never_called_better(tmp_path: Path) -> None:
    """A lead that is not established is called not significant."""
    words = answer(section_of(tmp_path, FOUR[1:3]))
    text = texts(words)
    assert "No significant difference" in text
    assert "better" not in text


SETTLE = "To distinguish cnn3 from cnn2, "


@pytest.mark.parametrize(
    ("seeds", "images", "words"),
    [
        (None, None, "Treat cnn3 and cnn2 as equal: no usual number of seeds or test images would"),
        (9, 4000, f"{SETTLE}train each with about 9 seeds or test on about 4,000 images. If the lead of"),
        (9, None, f"{SETTLE}train each with about 9 seeds; more test images alone would not be enough."),
        (None, 4000, f"{SETTLE}test on about 4,000 images; more seeds alone would not be enough."),
    ],
)
def test_what_would_settle_a_difference_is_stated(
    tmp_path: Path, seeds: int | None, images: int | None, words: str
) -> None:
    """More seeds or more test images, with the number that would probably do."""
    section = section_of(tmp_path, FOUR[1:3])
    pair = replace(section.pairs[0], settling=Settling(seeds, images))
    assert words in texts(answer(replace(section, pairs=(pair,))))


def test_undecided_pairs_are_those_of_the_table(tmp_path: Path) -> None:
    """All of them are counted and three are named, unless what is said of the best model says it all."""
    assert "cnn3 and cnn2 cannot be distinguished on these images (p" in texts(
        answer(section_of(tmp_path, FOUR))
    )
    equal = [Model(name=name, accuracy=0.7, seconds=5, seed_spread=0.1) for name in "abcd"]
    worse = Model(name="worse", accuracy=0.2, seconds=5, seed_spread=0.01)
    section = section_of(tmp_path / "equal", [*equal, worse])
    verdicts = [verdict(pair) for pair in section.pairs]
    assert (verdicts.count("not established"), len(verdicts)) == (6, 10)
    (counted,) = (line for line in texts(answer(section)).splitlines() if "cannot be" in line)
    assert counted.startswith("6 of 10 pairs cannot be distinguished on these images: ")
    assert counted.endswith("; and 3 more.")
    assert len(re.findall(r"[a-d] and [a-d] \(", counted)) == 3
    both = section_of(tmp_path / "two", equal[:2])
    assert "No significant difference: " in texts(answer(both))
    assert "cannot be distinguished" not in texts(answer(both))


def test_the_most_accurate_model_may_be_the_fastest(tmp_path: Path) -> None:
    """No alternative is recommended if it would not save time."""
    models = [Model(name="both", accuracy=0.9, seconds=5), Model(name="neither", accuracy=0.5, seconds=50)]
    words = answer(section_of(tmp_path, models))
    assert [each.model.label for each in words.recommendations] == ["both"]
    assert "no other model is clearly faster and better than guessing" in plain(words.recommendations[0].note)
    assert "as fast." in texts(words)


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
    shown = terminal.text(compare_runs(select_runs([], tmp_path / "three")))
    assert re.search(
        r"trained in .*s\. The only model so far, so there is nothing to compare it with\.\n", shown
    )
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
    """A faster model that does no better than guessing is not recommended."""
    section = section_of(tmp_path, [FOUR[3], Model(name="chance", accuracy=0.1, seconds=1)])
    (recommendation,) = answer(section).recommendations
    assert "no other model is clearly faster and better than guessing" in plain(recommendation.note)


def test_a_model_with_overlapping_times_is_not_recommended(tmp_path: Path) -> None:
    """The interval of the ratio of the times has to exclude 1."""
    folders = write_runs(tmp_path, [Model(name="cnn3", accuracy=0.87, seconds=41), FOUR[3]])
    record = json.loads((folders[0] / "run.json").read_text())
    record["finals"][0]["train_seconds"] = 56.0
    (folders[0] / "run.json").write_text(json.dumps(record))
    section = compare_runs(select_runs([], tmp_path)).sections[0]
    assert [each.purpose for each in answer(section).recommendations] == ["Most accurate"]
    assert "Neither trains faster for certain (ratio of times 0." in texts(answer(section))


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
    assert re.search(r"another seed could change that\. a trained \d\.\d times as fast \(timed", text)


def test_missing_predictions_make_a_difference_untestable(tmp_path: Path) -> None:
    """Without predictions, a difference is called untestable instead of not established."""
    write_runs(tmp_path, FOUR[1:3])
    (tmp_path / "cifar10" / "cnn2" / "predictions-0.npz").unlink()
    section = compare_runs(select_runs([], tmp_path)).sections[0]
    assert "cannot be tested (predictions missing)" in texts(answer(section))


def test_optima_at_the_edge_suggest_a_wider_range(tmp_path: Path) -> None:
    """Best values at the edge of their range are listed among the next steps."""
    text = texts(answer(section_of(tmp_path, [replace(model, trials=60) for model in FOUR[:2]])))
    assert "Widen the ranges whose best value is at the edge" in text
    assert "learning_rate (highest allowed)" in text


@pytest.mark.parametrize("seeds", [2, 3])
def test_seeds_are_counted(tmp_path: Path, seeds: int) -> None:
    """The number of seeds is stated in words."""
    models = [Model(name=name, accuracy=0.6, seconds=5, seeds=seeds) for name in "ab"]
    assert {2: "Two seeds per model.", 3: "Three seeds per model."}[seeds] in texts(
        answer(section_of(tmp_path, models))
    )
