"""The append-only file of a search's finished trials."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tunebench import files
from tunebench.errors import RecordError, SearchError
from tunebench.record_json import from_json, to_json
from tunebench.records import TrialRecord


@dataclass
class Ledger:
    """Finished trials, each on disk before the next one starts.

    Attributes:
        path: ``trials.jsonl``.
        records: The trials, in the order they finished.
        then: Called with each trial that was added; optional.
    """

    path: Path
    records: list[TrialRecord] = field(default_factory=list)
    then: Callable[[TrialRecord], None] | None = None

    @classmethod
    def open(cls, path: Path) -> "Ledger":
        """Read the ledger, or start an empty one if there is no file.

        A last line that a crash cut off is dropped, and its trial runs again.

        Raises:
            SearchError: Another line is damaged; the message names it, and the file is left unchanged.
            RunFolderError: The file cannot be read.
        """
        lines = files.read_lines(path)
        return cls(path, [_parse(line, path, number) for number, line in enumerate(lines, start=1)])

    def append(self, record: TrialRecord) -> None:
        """Add a finished trial and flush it to disk.

        Raises:
            RunFolderError: The disk is full or the file cannot be written.
        """
        files.append_durably(self.path, to_json(record))
        self.records.append(record)
        if self.then is not None:
            self.then(record)

    def drop_cut(self) -> None:
        """Remove the last trial if the budget stopped it.

        If later trials follow, it stays: they were proposed with its score known.

        Raises:
            RunFolderError: The file cannot be written.
        """
        if self.records and self.records[-1].status == "cut":
            self.records.pop()
            lines = b"".join(to_json(record) + b"\n" for record in self.records)
            files.write_atomically(self.path, lines)


def _parse(line: bytes, path: Path, number: int) -> TrialRecord:
    try:
        return from_json(line, TrialRecord, source=f"Line {number} of {path}")
    except RecordError as error:
        raise SearchError(f"{error} The file was left unchanged; use --fresh to start again.") from error
