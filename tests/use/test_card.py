"""Model cards: their figures, their form and what other people's names can do in them."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from markdown_it import MarkdownIt

from tests.synthetic_runs import FOUR, Data, Model, write_run
from tunebench.cli.main import main
from tunebench.record_json import to_json
from tunebench.records import HyperparameterValue
from tunebench.runs import Run, read_run

# Names that YAML, Markdown, HTML or GitHub give a meaning.
NASTY = (
    "a|b",
    "<script>alert(1)</script>",
    "# title",
    "[x](https://evil.example)",
    "https://evil.example",
    "$x$",
    "---",
    '": [',
    "*bold* `code`",
    "line\nbreak\x1b[31m",
)

Settings = dict[str, HyperparameterValue | None]


def _run(folder: Path, model: Model = FOUR[2], data: Data | None = None) -> Run:
    return read_run(write_run(folder, model, data or Data()))


def _parts(card: str) -> tuple[dict[str, Any], str]:
    """The front matter and the Markdown."""
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_front_matter_is_hugging_faces(tmp_path: Path) -> None:
    """Licence, tags, data set and results are in its documented fields."""
    run = _run(tmp_path / "run")
    front, _ = _parts(run.card())
    assert (front["license"], front["library_name"]) == ("unknown", "keras")
    assert front["pipeline_tag"] == "image-classification"
    assert front["datasets"] == ["uoft-cs/cifar10"]
    (index,) = front["model-index"]
    (result,) = index["results"]
    assert index["name"] == "cnn3"
    assert result["task"]["type"] == "image-classification"
    assert result["dataset"] == {"type": "uoft-cs/cifar10", "name": "CIFAR-10", "split": "test"}
    accuracy, f1 = result["metrics"]
    mean = sum(final.test_accuracy for final in run.record.finals) / 3
    assert (accuracy["type"], f1["type"]) == ("accuracy", "f1") == tuple(front["metrics"])
    assert accuracy["value"] == pytest.approx(mean, abs=1e-6)


def test_the_figures_are_those_of_the_page(tmp_path: Path) -> None:
    """Accuracy with its interval, every class with its counts, hyperparameters, times and limits."""
    run = _run(tmp_path / "run")
    counts = {"train": [400] * 10, "test": [100] * 10}
    dataset = replace(run.record.dataset, class_counts=counts, image_size=(32, 48))
    card = Run(run.folder, replace(run.record, dataset=dataset)).card()
    assert re.search(r"\*\*6\d\.\d ± \d\.\d.%\*\* \(95.% interval 5\d\.\d to 6\d\.\d; 3 seeds\)", card)
    assert re.search(r"\| 0 \| airplane \| 400 \| 100 \| \d\d\.\d.% \| \d\d\.\d.% \|", card)
    assert "| filters\\_1 | 64 | 16, 32, 64 |" in card
    assert "4,000 training images of CIFAR-10, 800 of them for validation, and 1,000 test images" in card
    assert "48×32 (width × height)" in card
    assert "ImageOps.fit(image, (48, 32))" in card
    assert "one split of 1,000 test images" in card
    assert "trained with 3 seeds" in card


def test_nothing_a_name_holds_becomes_markup(tmp_path: Path) -> None:
    """No tag, link, heading or YAML comes out of a class, a data set or a hyperparameter."""
    model = replace(
        FOUR[2], summary="</p> [s](https://evil.example)", hyperparameters=dict.fromkeys(NASTY, "|`<b>")
    )
    card = _run(tmp_path / "run", model, Data(name="x: [1]\n- <i>", class_names=NASTY)).card()
    front, body = _parts(card)
    assert front["model-index"][0]["results"][0]["dataset"]["name"].startswith("x: [1]")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    assert not re.search(r"<(script|b|i|em)\b", html)
    assert 'evil.example">' not in html
    assert html.count("<h1>") == 1
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    assert len(rows) == 1 + 3 + 1 + len(NASTY) + 1 + len(NASTY)
    assert "\x1b" not in card
    assert "https://evil" not in body.replace("\\", "\0")


def test_no_folder_of_this_machine_is_named(tmp_path: Path) -> None:
    """Nor of weights and images; the weights' licence is left to their publisher."""
    settings: Settings = {
        "backbone": "/home/me/weights/no_top.weights.h5",
        "dataset_source": "/home/me/photos",
        "space_source": "mobilenet_v2",
        "data_dir": "/home/me/data",
    }
    card = _run(tmp_path / "run", replace(FOUR[3], settings=settings)).card()
    assert "home/me" not in card
    assert str(tmp_path) not in card
    assert "From a local file or folder, no\\_top.weights.h5" in card
    assert 'type: "imagefolder"' in card


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        ("keras", "keras.applications, which Keras converted"),
        ("https://tfhub.dev/google/tf2-preview/mobilenet_v2/classification/4", "Apache License 2.0"),
        ("https://example.org/other", "that of their publisher"),
    ],
)
def test_pretrained_weights_have_a_source_and_a_licence(handle: str, expected: str, tmp_path: Path) -> None:
    """A SavedModel needs tunebench's layer to be loaded."""
    settings: Settings = {"backbone": handle, "space_source": "mobilenet_v2"}
    card = _run(tmp_path / "run", replace(FOUR[3], settings=settings)).card()
    assert expected in card
    assert ("register_layers()" in card) == (handle != "keras")


@pytest.mark.parametrize(
    ("handle", "expected"),
    [("keras", "VGG16 with ImageNet weights from keras.app"), ("/me/w.h5", "from a local file, w.h5.")],
)
def test_a_network_of_keras_is_named(handle: str, expected: str, tmp_path: Path) -> None:
    """With where its weights are from; not those of MobileNetV2."""
    settings: Settings = {"backbone": handle, "space_source": "VGG16"}
    run = replace(FOUR[3], name="VGG16", space="VGG16", settings=settings)
    card = _run(tmp_path / "run", run).card()
    assert expected in card
    assert "mobilenet" not in card.lower()


def test_without_predictions_the_card_says_what_is_not_known(tmp_path: Path) -> None:
    """Accuracy remains, from the record."""
    run = _run(tmp_path / "run", replace(FOUR[2], seeds=1, tuned=False))
    (run.folder / "predictions-0.npz").write_bytes(b"damaged")
    card = read_run(run.folder).card()
    assert "The predictions of the test images are missing" in card
    assert _parts(card)[0]["metrics"] == ["accuracy"]
    assert "one seed: how much another one changes it is not known" in card


def test_the_command_prints_the_card_or_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An earlier card is overwritten, another file is not."""
    run = _run(tmp_path / "run")
    main(["card", str(run.folder)])
    printed = capsys.readouterr().out
    assert printed == run.card()
    out = tmp_path / "cards" / "README.md"
    for _ in range(2):
        main(["card", str(run.folder), "--out", str(out)])
    assert out.read_text(encoding="utf-8") == printed
    out.write_text("# Mine\n")
    with pytest.raises(SystemExit) as ended:
        main(["card", str(run.folder), "--out", str(out)])
    assert ended.value.code == 1
    assert "is not a card that tunebench wrote" in capsys.readouterr().err


def test_a_record_of_an_earlier_version_has_a_card(tmp_path: Path) -> None:
    """It lacks counts of classes and the images' size."""
    run = _run(tmp_path / "run")
    fields = msgspec.json.decode(to_json(run.record))
    del fields["dataset"]["class_counts"], fields["dataset"]["image_size"]
    (run.folder / "run.json").write_bytes(msgspec.json.encode(fields))
    card = read_run(run.folder).card()
    assert "_, height, width, _ = model.input_shape" in card
    assert "| Number | Class | Test images |" in card
