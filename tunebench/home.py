"""Paths as a user writes them, with ``~`` for a home folder."""

from pathlib import Path

from tunebench.errors import TunebenchError


def expand(path: str | Path) -> Path:
    """The path with ``~`` and ``~user`` replaced by the home folder.

    Raises:
        TunebenchError: There is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise TunebenchError(
            f"{path} starts with the home folder of an unknown user. Write the folder's full path, or ./ "
            "before a name that starts with ~."
        ) from error
