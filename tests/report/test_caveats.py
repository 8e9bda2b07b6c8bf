"""Caveats and chart notes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.synthetic_report import section_of, write_report
from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.comparison import compare_runs
from tunebench.record_json import to_json
from tunebench.records import Importance
from tunebench.report import markdown, terminal
from tunebench.report.caveats import caveats
from tunebench.report.main_chart import chart_notes
from tunebench.report.search_view import search_view
from tunebench.runs import read_run, select_runs

SHARES = Importance(shares={"units": 0.8, "dropout": 0.2}, floor=0.25, explained=0.5, trials=60)


def caveats_of(runs_dir: Path, *models: Model) -> str:
    """The caveats of these models, a line each."""
    return "\n".join(caveats(section_of(runs_dir, models))).replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_caveats_are_shown_wherever_times_are(tmp_path: Path) -> None:
    """The page repeats time caveats under each table of times; Markdown and terminal show them once."""
    caveat = (
        "Timed under different conditions (precision float32 or mixed_bfloat16): "
        "training times are not comparable."
    )
    write_runs(tmp_path / "runs", FOUR[2:])
    half = Model(name="half", accuracy=0.6, seconds=9, precision="mixed_bfloat16")
    write_run(tmp_path / "runs" / "half", half)
    report = write_report(tmp_path / "runs", gallery=False)
    page = report.page.read_text(encoding="utf-8")
    assert page.count(f'<p class="caveat">{caveat}</p>') == 3
    assert "timed under different conditions (precision)" in page
    assert "No Pareto front is drawn: the models were timed under different conditions (precision)." in page
    assert "of the fastest model with the same precision, by geometric means" in page
    assert caveat in markdown.text(report.comparison).replace("\\", "")
    assert caveat in terminal.text(report.comparison)
    each_group = (
        "Relative times are multiples of the fastest model's with the same precision: each such group"
    )
    assert each_group in terminal.text(report.comparison)
    assert each_group in markdown.text(report.comparison)
    assert caveat in json.loads(report.json.read_text())["sections"][0]["answer"]["caveats"]


@pytest.mark.parametrize(("device", "loaded"), [("CPU", "the CPU"), ("GPU: NVIDIA T4", "the CPU or the GPU")])
def test_a_model_timed_on_a_busy_machine_is_named(device: str, loaded: str, tmp_path: Path) -> None:
    """A heavy load during one model's training makes times incomparable and is reported."""
    beside = Model(name="beside", accuracy=0.6, seconds=90, other_load=0.45, device=device)
    text = caveats_of(tmp_path, *(replace(model, device=device) for model in FOUR[2:]), beside)
    assert (
        f"Other programs used 45 % of {loaded} while beside trained: its training time is overestimated."
        in text
    )
    assert "Timed under different conditions (load by other programs light or heavy)" in text


def test_a_training_that_was_paused_is_named(tmp_path: Path) -> None:
    """The time of a stopped process is not hidden."""
    slept, *_ = write_runs(tmp_path, FOUR[2:])
    record = read_run(slept).record
    finals = [replace(final, paused_seconds=25) for final in record.finals]
    (slept / "run.json").write_bytes(to_json(replace(record, finals=finals)))
    text = " ".join(caveats(compare_runs(select_runs([], tmp_path)).sections[0]))
    assert f"{FOUR[2].name} was paused for 25" in text
    assert f"{FOUR[3].name} was paused" not in text


def test_a_load_during_all_trainings_keeps_them_comparable(tmp_path: Path) -> None:
    """If all models were timed under a heavy load, times are overestimated but still comparable."""
    models = [Model(name=f"m{number}", accuracy=0.6, seconds=9, other_load=number / 10) for number in (3, 5)]
    text = caveats_of(tmp_path, *models)
    assert "Other programs used 30 to 50 % of the CPU while m" in text
    assert "different conditions" not in text


@pytest.mark.parametrize("load", [None, 0.0, 0.19])
def test_a_light_load_is_not_mentioned(tmp_path: Path, load: float | None) -> None:
    """An unknown or light load causes no caveat."""
    models = [Model(name=name, accuracy=0.6, seconds=9, other_load=load) for name in "ab"]
    assert (
        caveats_of(tmp_path, *models, Model(name="unknown", accuracy=0.5, seconds=3, other_load=None)) == ""
    )


@pytest.mark.parametrize("models", [4, 5])
def test_selecting_among_many_models_is_a_caveat(tmp_path: Path, models: int) -> None:
    """From five models on, the best accuracy is called optimistic."""
    text = caveats_of(
        tmp_path, *(Model(name=f"m{number}", accuracy=0.6, seconds=9) for number in range(models))
    )
    assert (f"most accurate of {models} models is selected on the same test images" in text) == (models == 5)


def test_searches_of_different_length_are_a_caveat(tmp_path: Path) -> None:
    """The numbers of trials are given if they differ."""
    text = caveats_of(tmp_path, FOUR[2], Model(name="long", accuracy=0.7, seconds=9, trials=9))
    assert "The searches ran 8 to 9 trials" in text


@pytest.mark.parametrize(
    ("trials", "title"), [(60, "All scored trials"), (240, "The best 200 of 206 trials")]
)
def test_the_title_says_which_trials_are_drawn(tmp_path: Path, trials: int, title: str) -> None:
    """Of more than 200 trials, the chart shows the best 200 and says so."""
    unknown = Importance()
    section = section_of(
        tmp_path, [Model(name="long", accuracy=0.7, seconds=9, trials=trials, importance=unknown)]
    )
    assert search_view(section.models[0], "m1", in_full=False).trials_title == title


@pytest.mark.parametrize("pruned", [0, 1, 12])
def test_pruned_trials_limit_the_importance(tmp_path: Path, pruned: int) -> None:
    """Importance from pruned trials is qualified."""
    section = section_of(
        tmp_path, [Model(name="long", accuracy=0.7, seconds=9, pruned=pruned, importance=SHARES)]
    )
    view = search_view(section.models[0], "m1", in_full=True)
    assert view.importance is not None
    assert [doubt.split(",")[0].split(" and ")[0] for doubt in view.doubts] == (
        [f"{pruned} trial{'s' if pruned > 1 else ''} stopped early"] if pruned else []
    )


def test_what_does_not_exceed_the_noise_floor_is_grey(tmp_path: Path) -> None:
    """The page tells chance from effect, and gives the share that chance reaches."""
    model = Model(name="long", accuracy=0.7, seconds=9, importance=SHARES)
    write_run(tmp_path / "runs" / "long", model)
    page = write_report(tmp_path / "runs", gallery=False).page.read_text(encoding="utf-8")
    table = page.split("Hyperparameter importance of", 1)[1].split("</table>")[0]
    assert [
        row.split("<bdi>")[1].split("<")[0] for row in table.split("<tr")[1:] if "open-question" in row
    ] == ["dropout"]
    assert "some hyperparameter reaches 25\N{NARROW NO-BREAK SPACE}% by chance" in page


@pytest.mark.parametrize(
    ("accuracy", "seconds", "expected"),
    [
        (0.4, 0.5, {"Line: best accuracy"}),
        (0.4, 50, {"Small hollow points"}),
        (0.89, 50, {"Large hollow points"}),
    ],
)
def test_the_caption_explains_only_what_is_drawn(
    tmp_path: Path, accuracy: float, seconds: float, expected: set[str]
) -> None:
    """The front, dominated and undecided points are each explained if they occur."""
    other = Model(name="b", accuracy=accuracy, seconds=seconds)
    notes = "\n".join(chart_notes(section_of(tmp_path, [Model(name="a", accuracy=0.9, seconds=5), other])))
    marks = ("Line: best accuracy", "Small hollow points", "Large hollow points")
    assert {mark for mark in marks if mark in notes} == expected
