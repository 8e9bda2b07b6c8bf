"""A model card in Markdown: what a model was trained on, how good it is, how it is used, and its limits."""

from collections.abc import Iterator
from pathlib import Path

from tunebench.comparison.model_summary import ModelSummary, summarise
from tunebench.errors import RunFolderError
from tunebench.files import make_folder, write_atomically
from tunebench.report import formats, markdown, measures
from tunebench.report.class_view import class_view
from tunebench.report.search_view import search_view
from tunebench.report.words import dataset_title
from tunebench.runs import Run
from tunebench.spaces.hyperparameters.training import AUGMENTATION, VIEWS
from tunebench.use import limits, loading
from tunebench.use.escaping import text
from tunebench.use.front_matter import front_matter
from tunebench.use.licences import weights_sentences

# Says that a file may be overwritten.
_MARK = "<!-- Written by tunebench card. -->"


def card(run: Run) -> str:
    """A model card of a run, with Hugging Face's front matter.

    It holds figures of the record and of the test images' predictions, and no names of folders or files of
    this machine.

    Args:
        run: The run.

    Returns:
        Markdown; names of classes, data and hyperparameters are escaped. If predictions are missing or
        damaged, the results per class are left out, and the card says so.
    """
    model = summarise(run, run.record.name)
    sections = (
        ("", _head(model)),
        ("Use", loading.lines(model.record)),
        ("Training data", _data(model)),
        ("Results", _results(model)),
        ("Training", _training(model)),
        ("Pretrained weights", weights_sentences(model.record)),
        ("Limits", [f"- {text(each)}" for each in limits.sentences(model)]),
        ("Licence", [_LICENCE]),
    )
    parts = [front_matter(model), _MARK]
    for title, lines in sections:
        parts.append("\n".join([*([f"## {title}", ""] if title else []), *lines]))
    return "\n\n".join(parts) + "\n"


_LICENCE = (
    "The front matter says `unknown`: whoever publishes this model decides, with the licences of the images "
    "and of pretrained weights in mind."
)


def write_card(run: Run, path: Path) -> None:
    """Write the card of a run.

    Args:
        run: The run.
        path: The file; an earlier card is overwritten.

    Raises:
        RunFolderError: It cannot be written, or a file that is not such a card is in the way.
    """
    if path.exists() and not _is_card(path):
        raise RunFolderError(
            f"{path} exists and is not a card that tunebench wrote, so it is not overwritten. Choose another "
            "name, or move it away."
        )
    make_folder(path.parent)
    write_atomically(path, card(run).encode(errors="replace"))


def _is_card(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return _MARK.encode() in file.read(10_000)


def _head(model: ModelSummary) -> Iterator[str]:
    record, accuracy = model.record, model.accuracy_measured
    classes = len(record.dataset.class_names)
    yield f"# {text(record.name)}"
    yield ""
    if record.summary:
        yield text(record.summary)
        yield ""
    yield (
        f"A classifier of images into {classes:,} classes, trained on "
        f"{text(dataset_title(record.dataset.name))} by tunebench {text(record.environment.tunebench)}. Test "
        "accuracy: "
        f"**{formats.mean_and_spread(accuracy.mean, accuracy.sd)}** (95{formats.THIN}% interval "
        f"{formats.percent_interval(accuracy.interval)}; {formats.counted(accuracy.number, 'seed')})."
    )


def _data(model: ModelSummary) -> Iterator[str]:
    dataset, settings = model.record.dataset, model.record.settings
    yield (
        f"{dataset.train_size:,} training images of {text(dataset_title(dataset.name))}, "
        f"{dataset.validation_size:,} of them for validation, and {dataset.test_size:,} test images. SHA-256 "
        f"of pixels, labels and class names: `{text(dataset.sha256)}`."
    )
    values = model.record.hyperparameters
    strength, views = values.get(AUGMENTATION), values.get(VIEWS)
    # What "auto" means of a user's own images; of a named data set the record does not say.
    mirror = settings.get("mirror") or ("yes" if settings.get("dataset_source") else "auto")
    mirrored = {"yes": " and mirrored", "no": ""}.get(str(mirror), ", and mirrored if that keeps the class,")
    if strength:
        yield (
            f"Training images were shifted{mirrored} at random, anew in each epoch: augmentation of strength "
            f"{text(formats.value(strength))} from 0 to 1."
        )
    if isinstance(views, int) and views > 1:
        yield f"Each training image was used in {views} versions, which were shifted{mirrored} at random."


def _results(model: ModelSummary) -> Iterator[str]:
    record = model.record
    rows = [
        [
            f"`model-{final.seed}.keras`",
            formats.percent(final.test_accuracy),
            "" if final.validation_accuracy is None else formats.percent(final.validation_accuracy),
            formats.seconds(final.train_seconds),
            f"{final.best_epoch} of {final.epochs}",
        ]
        for final in record.finals
    ]
    yield "Each file is the same model, trained with another seed."
    yield ""
    yield markdown.table(
        ["File", "Test accuracy", "Validation accuracy", "Training time", "Epoch kept"], rows
    )
    classes = class_view(model)
    yield ""
    if classes is None:
        yield "The predictions of the test images are missing, so results per class are not known."
        return
    if model.asked.name != "accuracy":
        value = model.measured(model.asked)
        if value is not None:
            yield (
                f"{measures.title(model.asked)}, which it was tuned for: "
                f"{measures.mean_and_spread(model.asked, value.mean, value.sd)} (95{formats.THIN}% interval "
                f"{measures.interval(model.asked, value.interval)})."
            )
            yield ""
    counts = record.dataset.class_counts.get("train", [])
    known = len(counts) == len(classes.rows)
    yield "By class, over all seeds. The number is the position of a class in the model's output."
    yield ""
    yield markdown.table(
        ["Number", "Class", *(["Training images"] if known else []), "Test images", "Recall", "Precision"],
        [
            [
                str(number),
                text(row.name),
                *([formats.count(counts[number])] if known else []),
                row.images,
                row.recall,
                row.precision,
            ]
            for number, row in enumerate(classes.rows)
        ],
        left=2,
    )


def _training(model: ModelSummary) -> Iterator[str]:
    record, time = model.record, model.train_seconds
    environment = record.environment
    parts = {
        "frozen features": model.mean_timed("prefix_seconds"),
        "setup": model.mean_timed("setup_seconds"),
        "epochs": model.mean_timed("fit_seconds"),
    }
    shown = ", ".join(f"{name} {formats.seconds(seconds)}" for name, seconds in parts.items() if seconds)
    found = search_view(model, "card", in_full=False)
    yield f"{text(found.summary)} Training the final model took {formats.seconds(time.mean)} ({shown})."
    yield (
        f"{formats.short_count(record.finals[0].parameters)} parameters, trained on "
        f"{text(environment.device)} in {text(environment.precision)} with Keras {text(environment.keras)} "
        f"on {text(environment.backend)}, {text(formats.day(record.finished_at))}."
    )
    yield ""
    yield markdown.table(
        ["Hyperparameter", "Value", "Range"],
        [[text(each.name), text(each.value), text(each.range)] for each in found.hyperparameters],
        left=3,
    )
