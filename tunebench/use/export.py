"""``export``: a final model in another format, compared with Keras' before it is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from tunebench import environment, files
from tunebench.errors import ExportError, TunebenchError
from tunebench.home import expand
from tunebench.keywords import suggests
from tunebench.progress import Progress, shown
from tunebench.record_json import to_json
from tunebench.records import FinalRecord
from tunebench.runs import Run, read_run
from tunebench.runtime import import_keras, quiet_start
from tunebench.use import formats
from tunebench.use.agreement import agreement
from tunebench.use.artefact import AgreementRecord, ArtefactRecord, open_artefact, reason, record_path
from tunebench.use.formats import Format
from tunebench.use.formats.base import Images
from tunebench.use.placing import placed

_RGB = 3


@dataclass(frozen=True, eq=False)
class Exported:
    """An exported model.

    Attributes:
        path: Its file, or the folder of a SavedModel; the JSON beside it has ``.json`` added to its name.
        size_bytes: On disk, without the JSON.
        record: What the JSON holds.
        agreement: With the Keras model; the record holds it, too.
    """

    path: Path
    size_bytes: int
    record: ArtefactRecord
    agreement: AgreementRecord


@suggests
def export(
    run: str | Path | Run,
    format: str,  # noqa: A002 (the option's name)
    *,
    out: str | Path | None = None,
    seed: int | None = None,
    data_dir: str | Path | None = None,
    trust_code: bool = False,
    progress: Progress | bool | None = None,
) -> Exported:
    """Write a final model in another format, and compare it with Keras' on the run's test images.

    The exported model takes raw images, ``uint8`` of shape ``(n, height, width, channels)`` from 0 to 255,
    and gives probabilities, ``float32`` of shape ``(n, classes)``. Its classes and the comparison are in the
    JSON beside it. :func:`tunebench.use.artefact.open_artefact` opens it.

    Args:
        run: A run, or its folder.
        format: ``keras``, ``saved_model``, ``onnx``, ``litert`` or ``openvino``.
        out: The file, or the folder of a SavedModel. Default: ``<run>-<seed>`` with the format's ending, in
            the current folder. Only an earlier export is overwritten.
        seed: Of the final model; ``None``: the run's first.
        data_dir: The folder of the data; ``None``: where the run found it. If it is not there, the comparison
            takes made-up images and a note says so.
        trust_code: Whether the code of the run's own space may run, if its model needs it.
        progress: True or False, or an object that receives notes. Default: shown in a notebook or at Python's
            prompt.

    Returns:
        Where it is, its size, and what its JSON holds.

    Raises:
        ExportError: The format's package is missing or Keras runs on a back end that does not write it, the
            model cannot be converted, a probability differs by more than the tolerance (then nothing is
            written), or a file is in the way.
        RunError: There is no such run, or it is damaged.
    """
    run = run if isinstance(run, Run) else read_run(expand(run))
    told = shown(progress)
    if format not in formats.NAMES:
        raise ExportError(f"There is no format {format!r}. Expected one of {', '.join(formats.NAMES)}.")
    found = formats.find(format)
    found.require(to_write=True)
    _require_back_end(found)
    final = _final(run, seed)
    path = expand(out or f"{run.folder.resolve().name}-{final.seed}{found.suffix or f'-{found.name}'}")
    with placed(found, path) as written:
        model, trained = _models(run, final, trust_code=trust_code)
        images, what = _images(run, model, data_dir, told)
        told.note(f"Exporting {run.folder.name} with seed {final.seed} as {found.title} ...")
        record = _record(run, final, found, model)
        _write(found, model, written, record)
        record = replace(record, sha256=found.sha256(written))
        files.write_atomically(record_path(written), to_json(record, indent=2))
        checked = agreement(open_artefact(written), model, trained, images, what)
        record = replace(record, agreement=checked)
        files.write_atomically(record_path(written), to_json(record, indent=2))
        size = found.size_bytes(written)
    return Exported(path, size, record, checked)


def _require_back_end(found: Format) -> None:
    backend = import_keras().backend.backend()
    if found.on_tensorflow and backend != "tensorflow":
        raise ExportError(
            f"{found.title} is written by Keras' TensorFlow back end, but Keras runs on {backend}. Set "
            "KERAS_BACKEND=tensorflow for this command: it takes models that were trained on any back end."
        )


def _models(run: Run, final: FinalRecord, *, trust_code: bool) -> tuple[Any, Any | None]:
    """The Keras model to export, and the one that was trained if that is another."""
    import_keras()
    from tunebench.use.inference_model import for_use, from_raw_images  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.use.run_models import load_model  # noqa: PLC0415 (the same)

    trained = load_model(run, final.seed, trust_code=trust_code)
    plain = for_use(trained)
    return from_raw_images(plain), None if plain is trained else trained


def _images(run: Run, model: Any, data_dir: str | Path | None, progress: Progress) -> tuple[Images, str]:
    from tunebench.use.comparison_images import comparison_images  # noqa: PLC0415 (imports Keras)

    where = None if data_dir is None else expand(data_dir)
    return comparison_images(run.record, model.input_shape[1:], where, progress)


def _final(run: Run, seed: int | None) -> FinalRecord:
    finals = {final.seed: final for final in run.record.finals}
    if seed is None:
        return run.record.finals[0]
    if seed not in finals:
        raise ExportError(
            f"{run.folder} has no final model with seed {seed}. "
            f"Expected one of {', '.join(map(str, finals))}."
        )
    return finals[seed]


def _record(run: Run, final: FinalRecord, found: Format, model: Any) -> ArtefactRecord:
    record = run.record
    names = record.dataset.class_names
    if model.output_shape[1:] != (len(names),):
        raise ExportError(
            f"{run.folder} names {len(names)} classes, but its model's output has the shape "
            f"{model.output_shape[1:]}. Restore its files, or train it again."
        )
    height, width, channels = model.input_shape[1:]
    packages = ("tunebench", "keras", "tensorflow", *found.converters, *found.runtime)
    versions = {name: environment.installed(name.replace("_", "-")) for name in packages}
    return ArtefactRecord(
        format=cast("Any", found.name),
        takes=f"uint8 (n, {height}, {width}, {channels}), from 0 to 255{', RGB' if channels == _RGB else ''}",
        gives=f"float32 (n, {len(names)}), a probability for each class",
        class_names=names,
        image_shape=(height, width, channels),
        resize=cast("Any", record.settings.get("resize", "crop")),
        run=record.name,
        dataset=record.dataset.name,
        space=record.space,
        seed=final.seed,
        test_accuracy=final.test_accuracy,
        trained_in=record.environment.precision,
        versions={name: version for name, version in versions.items() if version},
        sha256="",
        exported_at=datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def _write(found: Format, model: Any, path: Path, record: ArtefactRecord) -> None:
    try:
        with quiet_start():
            found.write(model, path, _metadata(record))
    except TunebenchError:
        raise
    except Exception as error:  # whatever a converter raises
        raise ExportError(
            f"The model cannot be written as {found.title}: {reason(error)} Try another --format."
        ) from error


def _metadata(record: ArtefactRecord) -> Mapping[str, str]:
    """What a user of the file alone needs, as text."""
    return {
        "class_names": json.dumps(record.class_names, ensure_ascii=False),
        "takes": record.takes,
        "gives": record.gives,
        "resize": record.resize,
        "run": record.run,
        "seed": str(record.seed),
    }
