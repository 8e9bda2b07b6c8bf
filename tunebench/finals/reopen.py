"""Open a finished run's space and data again, as its record describes them; refuse what is not the same."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import msgspec

from tunebench import arguments, spaces
from tunebench.errors import DatasetError, RecordError, SpaceError
from tunebench.finals.train import FinalSettings
from tunebench.progress import Progress
from tunebench.records import RunRecord
from tunebench.session import Request, Session, open_session

if TYPE_CHECKING:
    from tunebench.choices import Precision

_PositiveCount = Annotated[int, msgspec.Meta(ge=1)]


class RecordedSettings(msgspec.Struct, kw_only=True, frozen=True):
    """Those settings of a record that its final training needs; see :attr:`RunRecord.settings`.

    Attributes:
        space_source: The name or the file of the space; ``None`` in a record that does not say.
        space_sha256: Of its file.
        data_dir: Where the data lay; ``None``: in the default place.
    """

    seed: Annotated[int, msgspec.Meta(ge=0, le=arguments.LARGEST_SEED)]
    epochs: _PositiveCount
    patience: _PositiveCount | None
    backbone: str | None = None
    space_source: str | None = None
    space_sha256: str | None = None
    data_dir: str | None = None


def recorded_settings(record: RunRecord) -> RecordedSettings:
    """The settings of a run, checked, for a record may come from anywhere.

    Raises:
        RecordError: One is missing or out of its range.
    """
    try:
        return msgspec.convert(record.settings, RecordedSettings)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"The settings in its run.json are not those of a final training: {error}. "
            "Expected what tunebench wrote; train it anew."
        ) from error


def final_settings(record: RunRecord) -> FinalSettings:
    """How a run's winner was trained.

    Raises:
        RecordError: The record does not say.
    """
    settings = recorded_settings(record)
    return FinalSettings(
        hyperparameters=record.hyperparameters, epochs=settings.epochs, patience=settings.patience
    )


@contextlib.contextmanager
def reopened(record: RunRecord, data_dir: Path | None, progress: Progress) -> Iterator[Session]:
    """A run's session, with its space, data, precision and backbone, and without a feature cache.

    A space that its user wrote is Python code, which runs.

    Args:
        record: The run's.
        data_dir: Where the data lies now; ``None``: where the run found it.
        progress: Told what happens.

    Yields:
        The session.

    Raises:
        TunebenchError: Space or data are gone, or not what they were.
    """
    settings = recorded_settings(record)
    arguments.check_choices(recorded_precision=record.environment.precision)
    request = Request(
        space=_space(record, settings),
        dataset=record.dataset.name,
        data_dir=data_dir or (Path(settings.data_dir) if settings.data_dir else None),
        train_size=record.dataset.train_size,
        test_size=record.dataset.test_size,
        precision=cast("Precision", record.environment.precision),
        backbone=settings.backbone,
        cache=False,
        seed=settings.seed,
    )
    with open_session(request, progress) as session:
        _check_data(session, record)
        yield session


def _space(record: RunRecord, settings: RecordedSettings) -> str:
    """The name or the file of a run's space; a file that is not what it was is not imported."""
    source = settings.space_source
    if source is None and record.space in spaces.names():
        return record.space
    if source is None or settings.space_sha256 is None:
        raise SpaceError(
            f"Its run.json does not say where its space {record.space} lies. Expected a run of this version "
            "of tunebench; train it anew."
        )
    if spaces.sha256(source) != settings.space_sha256:
        raise SpaceError(
            f"Its space {source} has changed since it was trained. Expected the same content; restore the "
            "file, or train it anew."
        )
    return source


def _check_data(session: Session, record: RunRecord) -> None:
    found, expected = session.dataset.sha256, record.dataset.sha256
    if found != expected:
        raise DatasetError(
            f"The {record.dataset.name} data are not those it was trained on: their SHA-256 begins with "
            f"{found[:8]}, but {expected[:8]} was expected. Name the folder of the same data with --data-dir."
        )
