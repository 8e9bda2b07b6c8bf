"""Open a finished run's space and data again, as its record describes them, unless they have changed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from tunebench import datasets, spaces, xla
from tunebench.errors import DatasetError, RecordError, SpaceError, TunebenchError
from tunebench.options import TrainOptions
from tunebench.progress import Progress
from tunebench.records import RunRecord
from tunebench.session import Session, open_session


def recorded_options(record: RunRecord, data_dir: Path | None, progress: Progress) -> TrainOptions:
    """The options that train a run's winner again; checked, for a record may come from anywhere.

    Args:
        record: The run's.
        data_dir: The folder of the data now; ``None``: where the run found it.
        progress: Receives progress events.

    Raises:
        RecordError: A setting is missing or not valid.
    """
    settings = cast("dict[str, Any]", record.settings)
    try:
        if settings["epochs"] is None:
            raise KeyError("epochs")  # noqa: TRY301 (one place says what is missing)
        return TrainOptions(
            **_data(record, data_dir),
            train_size=record.dataset.train_size,
            test_size=record.dataset.test_size,
            precision=cast("Any", record.environment.precision),
            deterministic="on" if record.environment.deterministic else "off",
            backbone=settings.get("backbone"),
            cache=False,
            seed=settings["seed"],
            epochs=settings["epochs"],
            patience=settings["patience"],
            objective=settings.get("objective", "accuracy"),
            class_weights=settings.get("class_weights", "none"),
            progress=progress,
        )
    except RecordError:
        raise
    except (KeyError, TunebenchError) as error:
        reason = f"{error.args[0]} is missing." if isinstance(error, KeyError) else error
        raise RecordError(
            f"The settings in its run.json are not those of a final training: {reason} "
            "Restore the file, or train the run again."
        ) from error


def refit_epochs(record: RunRecord) -> int | None:
    """For how many epochs a run's final models were trained on validation images too; ``None``: not at all.

    Raises:
        RecordError: The record does not say it properly.
    """
    epochs = record.settings.get("refit_epochs")
    if epochs is None or (isinstance(epochs, int) and epochs >= 1):
        return epochs
    raise RecordError(
        f"refit_epochs is {epochs!r} in its run.json. Expected a whole number, at least 1. Restore the file, "
        "or train the run again."
    )


def _data(record: RunRecord, data_dir: Path | None) -> dict[str, Any]:
    """The options that find a run's images; ``data_dir`` is where a user's own are now."""
    settings = record.settings
    given: dict[str, Any] = {
        name: settings[name] for name in ("image_size", "resize", "mirror") if name in settings
    }
    if "dataset_source" in settings:
        return {"dataset": data_dir or settings["dataset_source"], **given}
    if record.dataset.name not in datasets.names():
        raise RecordError(
            f"Its data set {record.dataset.name} was not read from a file but given by a program, which has "
            "to train it again."
        )
    return {"dataset": record.dataset.name, "data_dir": data_dir or settings.get("data_dir"), **given}


def own_code(record: RunRecord) -> list[str]:
    """The files of a run's space that importing it runs, if it is not one of tunebench's."""
    source = record.settings.get("space_source")
    if not isinstance(source, str) or spaces.is_name(source):
        return []
    return [str(Path(source).parent / name) for name in spaces.files(source)] or [source]


@contextlib.contextmanager
def reopened(record: RunRecord, options: TrainOptions) -> Iterator[Session]:
    """A run's session, with its space, data, precision and backbone, and without a feature cache.

    A space that its user wrote is Python code, which runs.

    Args:
        record: The run's.
        options: See :func:`recorded_options`.

    Yields:
        The session.

    Raises:
        TunebenchError: Space or data are missing, or have changed.
    """
    # The run's first command has described the data.
    with open_session(own_space(record), options, describe=False) as session:
        found, expected = session.dataset.sha256, record.dataset.sha256
        if found != expected:
            raise DatasetError(
                f"The {record.dataset.name} data are not those it was trained on: their SHA-256 begins with "
                f"{found[:8]}, but {expected[:8]} was expected. Use --data-dir with the folder of the "
                "same data."
            )
        xla.switch(off=not record.environment.xla)
        yield session


def own_space(record: RunRecord) -> str:
    """The name or the file of a run's space, to be imported.

    Raises:
        SpaceError: It is not known, or its code has changed since the run.
    """
    source, sha256 = record.settings.get("space_source"), record.settings.get("space_sha256")
    if source is None and sha256 is None and spaces.is_name(record.space):
        return record.space
    if source is None and "space_source" in record.settings:
        raise SpaceError(
            f"Its space {record.space} was given as a Python object by a program, which has to train it "
            "again. Expected a space with a .py file."
        )
    if not isinstance(source, str) or sha256 is None:
        raise SpaceError(
            f"Its run.json does not say where its space {record.space} is. Expected a run of this version "
            "of tunebench; train it again."
        )
    if spaces.sha256(source) != sha256:
        raise SpaceError(
            f"The code of its space {source} (the file or a module that it imports from its folder) has "
            "changed since it was trained. Expected the same content; restore it, or train the run again."
        )
    return source
