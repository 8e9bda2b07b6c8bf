"""Read and check a run. No Keras.

A run's folder has ``run.json``, ``trials.jsonl`` if it was tuned, ``predictions-<seed>.npz`` for each final
training, and ``timing.json`` if the winner was timed again. These files may be damaged or foreign, so they
are checked, and one line says what cannot be used.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import msgspec

from tunebench.errors import RecordError, RunFolderError
from tunebench.plain_text import clean
from tunebench.record_json import UNREADABLE, from_json
from tunebench.records import FORMAT_VERSION, RunRecord, TrialRecord
from tunebench.runs import run_folder
from tunebench.runs.predictions import Predictions, read_predictions
from tunebench.runs.study_record import STUDY
from tunebench.runs.timing import TimingRecord, read_timing
from tunebench.runs.trial_table import trials_table
from tunebench.runs.unfinished import read_trials

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from tunebench.progress import Progress
    from tunebench.use.export import Exported


@dataclass(frozen=True, eq=False)
class Run:
    """A run on disk.

    Attributes:
        folder: Its folder.
        record: Its ``run.json``.
    """

    folder: Path
    record: RunRecord

    def __repr__(self) -> str:
        record = self.record
        accuracy = fmean(final.test_accuracy for final in record.finals)
        return clean(
            f"<Run {record.name} on {record.dataset.name}: test accuracy {accuracy:.1%}, "
            f"seeds {', '.join(str(final.seed) for final in record.finals)}, {self.folder}>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from tunebench.report.notebook import run_html  # noqa: PLC0415 (matplotlib, which few uses need)

        return run_html(self)

    @cached_property
    def trial_records(self) -> tuple[TrialRecord, ...]:
        """The finished trials in the order in which they started; none for a baseline.

        A last line that a crash cut off is ignored.

        Raises:
            RecordError: The ledger cannot be read, another line of it is damaged, or lines are missing.
        """
        if self.record.search is None:
            return ()
        trials = read_trials(self.folder)
        if len(trials) < self.record.search.trials:
            raise RecordError(
                f"{self.folder / run_folder.LEDGER} holds {len(trials)} of the {self.record.search.trials} "
                "trials of its run. The run is compared without its trials; restore the file, or run its "
                "command again to train them."
            )
        return trials

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """The finished trials as a table, a row per trial, with hyperparameters in columns ``hp.<name>``.

        Raises:
            RecordError: The ledger cannot be read.
        """
        return trials_table(self.trial_records)

    @cached_property
    def timing(self) -> TimingRecord | None:
        """The winner's repeated timing; ``None`` if it was not timed again.

        Raises:
            RecordError: The file cannot be read, is damaged, or belongs to another model.
        """
        return read_timing(self.folder, self.record)

    def card(self) -> str:
        """A model card in Markdown; see :func:`tunebench.use.card.card`."""
        from tunebench.use.card import card  # noqa: PLC0415 (a later room, which needs this one)

        return card(self)

    def predictions(self, seed: int) -> Predictions:
        """The predictions of a seed's final model for the test images.

        Args:
            seed: One of ``record.finals``.

        Returns:
            Labels and probabilities, checked.

        Raises:
            RecordError: The file is missing, damaged or belongs to another run.
        """
        return read_predictions(run_folder.predictions(self.folder, seed), self.record.dataset)

    def predict(
        self,
        images: "ArrayLike",
        *,
        seed: int | None = None,
        ensemble: bool = False,
        trust_code: bool = False,
    ) -> "NDArray[np.float32]":
        """Predict the classes of images with a final model.

        Args:
            images: Of shape ``(n, height, width)`` or ``(n, height, width, 1, 3 or 4)``; ``uint8``, or
                floating-point from 0 to 1 or from 0 to 255. They are resized as the training images were.
            seed: Of the model; ``None``: the first.
            ensemble: Use the models of all seeds; the probabilities are their mean.
            trust_code: Whether the code of the run's own space may run, if its models need it.

        Returns:
            The probability of each of ``record.dataset.class_names``, ``float32`` of shape ``(n, classes)``.

        Raises:
            DatasetError: The images have another dtype, shape or range.
            TunebenchError: There is no such seed, or a model cannot be loaded.
        """
        from tunebench.use.arrays import predict_arrays  # noqa: PLC0415 (imports Keras when it is called)

        return predict_arrays(self.folder, images, seed=seed, ensemble=ensemble, trust_code=trust_code)

    def export(
        self,
        format: str,  # noqa: A002 (the option's name)
        *,
        out: str | Path | None = None,
        seed: int | None = None,
        data_dir: str | Path | None = None,
        trust_code: bool = False,
        progress: "Progress | bool | None" = None,
    ) -> "Exported":
        """Write a final model in another format; arguments, result and errors: :func:`tunebench.export`."""
        from tunebench.use.export import export  # noqa: PLC0415 (imports Keras when it is called)

        return export(
            self,
            format,
            out=out,
            seed=seed,
            data_dir=data_dir,
            trust_code=trust_code,
            progress=progress,
        )


def read_run(path: Path) -> Run:
    """Read a run.

    Args:
        path: Its folder, or its ``run.json``.

    Returns:
        The run, with its record checked; ledger and predictions are read when they are used.

    Raises:
        RunFolderError: There is no run at that path.
        RecordError: Its record is damaged or has another format.
    """
    folder = path.parent if path.name == run_folder.RECORD and not path.is_dir() else path
    file = folder / run_folder.RECORD
    if not folder.is_dir():
        raise RunFolderError(
            f"There is no run at {path}. Expected a run's folder, such as runs/cifar10/cnn3, "
            f"or its {run_folder.RECORD}."
        )
    if file.exists() and not file.is_file() and not file.is_dir():
        raise RecordError(f"{file} is not a regular file. Expected the record of a run; move it away.")
    try:
        text = file.read_bytes()
    except FileNotFoundError as error:
        if (folder / STUDY).exists():
            runs = sorted(path.parent.name for path in folder.glob(f"*/{run_folder.RECORD}"))
            raise RunFolderError(
                f"{folder} holds a study. Expected one of its runs: "
                f"{', '.join(runs) or 'none of them is finished; the study command continues it'}."
            ) from error
        earlier = run_folder.set_aside_for(folder)
        raise RunFolderError(
            f"{folder} has no {run_folder.RECORD}. Expected the folder of a finished run; "
            "if its search was interrupted, run the same `tunebench search` command again."
            f"{f' The run before it is in {earlier}.' if earlier else ''}"
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"{file} cannot be read: {error.strerror}. Expected a file you may read."
        ) from error
    _check_version(text, file)
    record = from_json(text, RunRecord, source=file)
    if not record.finals:
        raise RecordError(
            f"{file} has no final training. Run its `tunebench` command again to train the winner."
        )
    if len({final.seed for final in record.finals}) < len(record.finals):
        raise RecordError(
            f"{file} has two final trainings with one seed. Expected different seeds; train the run again."
        )
    return Run(folder, record)


class _Version(msgspec.Struct):
    format_version: int


def _check_version(text: bytes, file: Path) -> None:
    """Report another format as such, not as a missing field."""
    try:
        version = msgspec.json.decode(text, type=_Version).format_version
    except UNREADABLE:
        return  # from_json says what is wrong.
    if version != FORMAT_VERSION:
        raise RecordError(
            f"{file} has format {version}, but this version of tunebench reads format {FORMAT_VERSION}. "
            "Use the version of tunebench that wrote it, or run its command again."
        )
