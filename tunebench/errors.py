"""Every error tunebench raises on purpose.

The tree; the command line prints the message as one line and exits with status 1::

    TunebenchError
     ├── DatasetError
     │    ├── UnknownDatasetError     no data set of that name
     │    ├── DataUnavailableError    neither on this machine nor downloadable
     │    ├── DamagedDataError        a file is truncated, foreign or altered
     │    └── NotEnoughImagesError    more images asked for than there are
     ├── SpaceError
     │    ├── UnknownSpaceError       no space of that name, no file at that path
     │    └── InvalidSpaceError       fails to import, lacks build, builds the wrong model
     ├── BackboneError                weights not found, not downloadable or foreign
     ├── SearchError                  the search cannot begin, go on or end
     │    └── OutOfTimeError          the budget does not suffice
     ├── TrialError                   one trial failed; the search records it and goes on
     ├── TrainingError                a final training failed
     └── RunError
          ├── RunFolderError          a runs folder that cannot be written or read
          └── RecordError             a record that is damaged or of another format

A message says what happened, what was expected and how to mend it.
"""


class TunebenchError(Exception):
    """Base of the errors that a user can mend."""


class DatasetError(TunebenchError):
    """A data set cannot be used."""


class UnknownDatasetError(DatasetError):
    """No data set has the name that was asked for."""


class DataUnavailableError(DatasetError):
    """The data is neither on this machine nor can it be downloaded."""


class DamagedDataError(DatasetError):
    """A data file is truncated, altered or something else than it should be."""


class NotEnoughImagesError(DatasetError):
    """A split holds fewer images than were asked for."""


class SpaceError(TunebenchError):
    """A search space cannot be used."""


class UnknownSpaceError(SpaceError):
    """No space has the name, and no file the path, that was asked for."""


class InvalidSpaceError(SpaceError):
    """A space fails to import, lacks ``build`` or builds a model that cannot be tuned."""


class BackboneError(TunebenchError):
    """Pretrained weights cannot be found, downloaded or used."""


class SearchError(TunebenchError):
    """A search cannot begin, go on or end."""


class OutOfTimeError(SearchError):
    """The time that a search was given does not suffice for what it has to do next."""


class TrialError(TunebenchError):
    """One trial failed; the message is the reason that the ledger keeps."""


class TrainingError(TunebenchError):
    """A final training failed."""


class RunError(TunebenchError):
    """A run cannot be written, found or read."""


class RunFolderError(RunError):
    """A runs folder cannot be read or written."""


class RecordError(RunError):
    """A record is damaged or has a format that this version does not read."""
