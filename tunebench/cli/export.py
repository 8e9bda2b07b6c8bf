"""``tunebench export``."""

from pathlib import Path
from typing import Any

import click
import msgspec

from tunebench.cli.options import KindType, as_json, model_seed, shared, trust_code
from tunebench.data_options import DataOptions
from tunebench.option_kinds import one_of
from tunebench.plain_text import clean, json_text
from tunebench.progress import choose
from tunebench.use import formats
from tunebench.use.artefact import record_path
from tunebench.use.export import export as write_export


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench export runs/cifar10/cnn3 --format onnx\n"
    "  tunebench export runs/cifar10/cnn3 --format saved_model --seed 1 --out serving/cnn3/1"
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--format",
    required=True,
    type=KindType(one_of(*formats.NAMES)),
    metavar=one_of(*formats.NAMES).metavar,
    help="What to write.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file, or the folder of a SavedModel. Default: <run>-<seed> with the format's ending, in the "
    "current folder. Only an earlier export is overwritten.",
)
@model_seed
@shared(
    DataOptions,
    "data_dir",
    "The folder of the data, for the comparison. Default: where the run found it; made-up images if it is "
    "not there.",
)
@trust_code
@as_json
def export(*, run: Path, format: str, as_json: bool, **settings: Any) -> None:  # noqa: A002 (the option's name)
    """Write a final model in another format, and compare it with Keras'.

    RUN is a run's folder, such as runs/cifar10/cnn3. The exported model takes raw uint8 images and gives
    probabilities in float32; a JSON with the classes is written beside it.
    """
    written = write_export(run, format, **settings, progress=choose())
    if as_json:
        click.echo(json_text(_document(written)))
        return
    click.echo("\n".join(_lines(written)))


def _document(written: Any) -> dict[str, Any]:
    return {
        "path": str(written.path),
        "size_bytes": written.size_bytes,
        **msgspec.to_builtins(written.record),
    }


def _lines(written: Any) -> list[str]:
    from tunebench.report import formats as shown  # noqa: PLC0415 (slow to import)

    record, found = written.record, written.agreement
    times = [shown.seconds(each) for each in (found.seconds_per_image, found.keras_seconds_per_image)]
    lines = [
        f"{clean(str(written.path))}, {shown.size(written.size_bytes)}",
        f"Takes {record.takes}",
        f"Gives {record.gives}",
        f"Compared with Keras on {found.count} {clean(found.images)}:",
        f"  largest difference {found.largest_difference:.2g}, tolerance {found.tolerance:g}",
        f"  the same class in {found.same_class} of {found.count}",
        f"  {times[0]} an image, Keras {times[1]}",
    ]
    if found.difference_from_trained:
        lines.append(
            f"  the model as trained, in {clean(record.trained_in)}, differs by up to "
            f"{found.difference_from_trained:.2g}"
        )
    return [*lines, f"The classes are in {clean(str(record_path(written.path)))}"]
