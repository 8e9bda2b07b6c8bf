"""Predictions as text, line by line: a table for people, CSV or JSON."""

import json
from collections.abc import Iterable, Iterator
from typing import Literal

from tunebench.plain_text import clean, csv_lines, escaped
from tunebench.progress import duration, plural
from tunebench.use.predict import Prediction, Predictions

Format = Literal["table", "csv", "json"]


def prediction_lines(predictions: Iterable[Prediction], style: Format, top: int) -> Iterator[str]:
    """Write predictions as they are made.

    Args:
        predictions: The predictions.
        style: ``table``: a line for each image. ``csv``: a line for each image and class, with the columns
            file, rank, label and probability. ``json``: a list of objects, one on each line.
        top: How many classes of each image.

    Yields:
        Lines without their line breaks; none before the first prediction.
    """
    write = {"table": _table, "csv": _csv, "json": _json}[style]
    yield from write(predictions, top)


def summary_lines(predictions: Predictions, seconds: float) -> Iterator[str]:
    """What was predicted, skipped and ignored, and the score of images in class folders.

    Args:
        predictions: After they were iterated over.
        seconds: How long that took.
    """
    number = predictions.number
    parts = [f"Predicted {plural(number, 'image')} in {duration(seconds)} ({number / seconds:,.0f} a second)"]
    if predictions.skipped:
        parts.append(f"skipped {plural(len(predictions.skipped), 'file')}")
    if predictions.ignored:
        parts.append(f"ignored {plural(predictions.ignored.total(), 'file')} that are no images")
    yield f"{', '.join(parts)}."
    if predictions.score is not None:
        yield from predictions.score.lines()


def _table(predictions: Iterable[Prediction], top: int) -> Iterator[str]:
    # The name comes last, so that columns align before all names are known.
    for each in predictions:
        width = max(len(clean(name)) for name in each.class_names)
        classes = [f"{clean(label):{width}} {share:6.1%}" for label, share in each.top(top)]
        yield f"{'  '.join(classes)}  {clean(each.file)}"


def _csv(predictions: Iterable[Prediction], top: int) -> Iterator[str]:
    header: list[tuple[object, ...]] = [("file", "rank", "label", "probability")]
    for each in predictions:
        rows = [
            (each.file, rank, label, f"{share:.6g}")
            for rank, (label, share) in enumerate(each.top(top), start=1)
        ]
        yield csv_lines([*header, *rows]).rstrip("\n")
        header = []


def _json(predictions: Iterable[Prediction], top: int) -> Iterator[str]:
    before = "["
    for each in predictions:
        classes = [{"label": label, "probability": float(f"{share:.6g}")} for label, share in each.top(top)]
        text = json.dumps({"file": each.file, "predictions": classes}, ensure_ascii=False)
        yield f"{before}{escaped(text)}"
        # A comma at the start of the next line, because it is not known yet which is the last.
        before = ","
    if before == ",":
        yield "]"
