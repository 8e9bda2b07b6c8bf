"""What works with JAX and PyTorch as it does with TensorFlow, through the real commands."""

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.backends.lab import HYPERBAND, PREFIXED_SPACE, RANDOM, SEARCH, SMALL, Command, Lab
from tests.small import TINY_SPACE, digits, write_space
from tests.tuning.searches import timeless
from tunebench.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Ran = dict[str, Command]


@pytest.fixture(scope="module", params=["jax", "torch"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A folder for each back end that is installed."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp(request.param)
    write_space(folder, TINY_SPACE)
    write_space(folder, PREFIXED_SPACE, "prefixed")
    return Lab(request.param, folder)


@pytest.fixture(scope="module")
def ran(lab: Lab) -> Ran:
    """Searches and what is done with a finished run, all in one process."""
    bayesian = ("search", "tiny.py", *SEARCH, "--tuner", "bayesian", "--trials", "3", "--name", "bayesian")
    grid = ("search", "prefixed.py", *SEARCH, "--tuner", "grid", "--trials", "3")
    half = ("train", "tiny.py", *SMALL, "--precision", "mixed_bfloat16", "--name", "half")
    pair = ("runs/digits/tiny", "runs/digits/prefixed")
    commands = {
        "doctor": ("doctor",),
        "random": RANDOM,
        "bayesian": bayesian,
        "grid": grid,
        "hyperband": HYPERBAND,
        "half": half,
        "prefixed again": ("train", "prefixed.py", *SMALL, "--name", "again"),
        "compare": ("compare", *pair, "--retime", "1", "--yes", "--json", "--out", "page.html"),
    }
    for name in ("keras", "onnx", "saved_model", "litert", "openvino"):
        commands[name] = ("export", "runs/digits/tiny", "--format", name)
    return dict(zip(commands, lab.do(*commands.values()), strict=True))


def outcome(run: Run) -> tuple[list[dict[str, Any]], list[Any]]:
    """Trials and final trainings without their times and workers."""
    trials = [{**timeless(each), "worker": None} for each in run.trial_records]
    finals = [(each.seed, each.test_accuracy, each.history["loss"]) for each in run.record.finals]
    return sorted(trials, key=lambda fields: str(fields["trial_id"])), finals


@pytest.mark.parametrize(
    ("command", "name", "trials"),
    [
        ("random", "tiny", 2),
        ("bayesian", "bayesian", 3),
        ("grid", "prefixed", 3),
        ("hyperband", "hyperband", 4),
    ],
)
def test_each_tuner_finds_a_winner(lab: Lab, ran: Ran, command: str, name: str, trials: int) -> None:
    """All trials finish, and the record names the back end and its version, and no TensorFlow."""
    assert ran[command].status == 0, ran[command].err
    run = lab.run(name)
    assert run.record.search is not None
    assert (run.record.search.completed, run.record.search.failed) == (trials, 0)
    assert run.record.environment.backend.split()[0] == lab.backend
    assert len(run.record.environment.backend.split()) == 2
    assert run.record.environment.tensorflow is None


def test_the_doctor_names_the_back_end(lab: Lab, ran: Ran) -> None:
    """And the weights that it can use, not TF Hub's; TensorFlow is not loaded for that."""
    assert f"back end: {lab.backend} " in ran["doctor"].out
    assert f"on {lab.backend}, mobilenet_v2 needs --backbone keras." in ran["doctor"].out
    assert "tfhub.dev" not in ran["doctor"].out
    assert not ran["doctor"].tensorflow


def test_compilation_is_setup(lab: Lab, ran: Ran) -> None:
    """Also that of the last batch, which is smaller: JAX compiles a step for it."""
    assert ran["half"].status == 0, ran["half"].err
    # No other training took these programs into the cache of compiled ones.
    [final] = lab.run("half").record.finals
    assert final.train_seconds == pytest.approx(final.setup_seconds + final.fit_seconds)
    if lab.backend == "jax":
        assert final.fit_seconds < final.setup_seconds / 4


def test_features_are_computed_once(lab: Lab, ran: Ran) -> None:
    """A second command reads those of the first, and takes over the seconds that they took."""
    assert ran["prefixed again"].status == 0, ran["prefixed again"].err
    [first], [again] = lab.run("prefixed").record.finals, lab.run("again").record.finals
    assert again.prefix_seconds == first.prefix_seconds > 0


def test_half_precision(lab: Lab, ran: Ran) -> None:
    """The model trains in it, and the record says so."""
    assert ran["half"].status == 0, ran["half"].err
    assert lab.run("half").record.environment.precision == "mixed_bfloat16"


def test_runs_are_compared_and_timed_again(lab: Lab, ran: Ran) -> None:
    """Under the same conditions, so that the page sets their times against each other."""
    assert ran["compare"].status == 0, ran["compare"].err
    [section] = json.loads(ran["compare"].out)["sections"]
    assert {name: each["repeats"] for name, each in section["timed_again"].items()} == {
        "tiny": 1,
        "prefixed": 1,
    }
    assert "back end" not in ran["compare"].err
    assert lab.backend in (lab.folder / "page.html").read_text()


def test_models_are_exported_where_keras_can(lab: Lab, ran: Ran, tmp_path: Path) -> None:
    """As Keras' own file; the other formats name the setting to change, with which they are written."""
    assert ran["keras"].status == 0, ran["keras"].err
    assert (lab.folder / "tiny-0.keras").exists()
    for name in ("onnx", "saved_model", "litert", "openvino"):
        [line] = ran[name].err.splitlines()
        assert ran[name].status == 1
        assert f"Keras runs on {lab.backend}. Set KERAS_BACKEND=tensorflow" in line
    assert {path.name for path in lab.folder.glob("tiny-0*")} == {"tiny-0.keras", "tiny-0.keras.json"}
    # This process is on TensorFlow.
    exported = lab.run("tiny").export("saved_model", out=tmp_path / "tiny", progress=False)
    assert exported.agreement.same_class == exported.agreement.count == 50


def test_images_on_the_device_give_the_same_training(lab: Lab) -> None:
    """Losses, scores and predictions equal those of batches that are copied one by one."""
    (history, predicted), (other, other_predicted) = json.loads(lab.script("on_device"))
    assert history.keys() == other.keys()
    for name, values in history.items():
        assert values == pytest.approx(other[name], rel=1e-5)
    assert predicted == pytest.approx(other_predicted, rel=1e-4)


def test_a_killed_search_resumes_to_the_same_result(lab: Lab, ran: Ran, tmp_path: Path) -> None:
    """As if it had run through; and predicting with a finished run loads no TensorFlow."""
    assert ran["hyperband"].status == 0, ran["hyperband"].err
    command = (*HYPERBAND, "--runs-dir", "killed")
    lab.kill(command, Path("killed/digits/hyperband/trials.jsonl"))
    Image.fromarray(digits(300, 50).test.images[0]).save(tmp_path / "digit.png")
    predict = ("predict", "runs/digits/tiny", str(tmp_path / "digit.png"), "--format", "json", "--top", "10")
    predicted, resumed = lab.do(predict, command)
    assert resumed.status == 0, resumed.err
    assert "already done" in resumed.err
    assert outcome(lab.run("hyperband", "killed")) == outcome(lab.run("hyperband"))
    assert predicted.status == 0, predicted.err
    assert not predicted.tensorflow
    [image] = json.loads(predicted.out)
    found = {each["label"]: each["probability"] for each in image["predictions"]}
    expected = lab.run("tiny").predictions(0).probabilities[0]
    assert [found[str(number)] for number in range(10)] == pytest.approx(expected.tolist(), abs=1e-5)


def test_two_workers_try_the_same_trials(lab: Lab, ran: Ran) -> None:
    """With the same scores as one process."""
    pytest.importorskip("ray")
    assert ran["random"].status == 0, ran["random"].err
    [done] = lab.do((*RANDOM, "--runs-dir", "parallel", "--workers", "2"))
    assert done.status == 0, done.err
    assert outcome(lab.run("tiny", "parallel")) == outcome(lab.run("tiny"))


def test_a_pretrained_network_with_trained_blocks(lab: Lab, random_weights: Path) -> None:
    """Behind its frozen part, whose output is cached."""
    fixed = ("--set", "image_size=96", "--set", "trainable_blocks=1", "--backbone", str(random_weights))
    sizes = ("--train-size", "60", "--test-size", "20", "--epochs", "1", "--name", "pretrained")
    [done] = lab.do(("train", "mobilenet_v2", *SMALL, *sizes, *fixed))
    assert done.status == 0, done.err
    [final] = lab.run("pretrained").record.finals
    assert final.prefix_seconds > 0
    assert final.test_loss is not None
    assert math.isfinite(final.test_loss)
