"""Paths as a user types them, with ``~`` for a home folder."""

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


def typed(path: Path) -> str:
    """The path as a word of a command: with ``./`` before a name that would be an option or a home folder."""
    text = str(path)
    return f"./{text}" if text.startswith(("-", "~")) else text
