"""What a search was begun with, so that only the same search goes on in its folder."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from tunebench import files
from tunebench.choices import Policy
from tunebench.errors import SearchError
from tunebench.records import to_json

FORMAT_VERSION = 1


def match(path: Path, fingerprint: dict[str, Any], *, begun: bool) -> None:
    """Write the fingerprint where there is none, or compare it with the one the search was begun with.

    Args:
        path: ``search.json``.
        fingerprint: JSON-like; the values under each name are compared as wholes.
        begun: Whether the folder already holds finished trials.

    Raises:
        SearchError: Something changed; the message names it and the choices.
    """
    # Through JSON, so that tuples compare as the lists they become.
    current = msgspec.json.decode(to_json({"format_version": FORMAT_VERSION, **fingerprint}))
    if not path.exists():
        if begun:
            raise SearchError(
                f"{path.parent} holds trials but no {path.name}, so nobody can tell what they were begun "
                "with. Use --fresh to start anew, or another --runs-dir."
            )
        files.write_atomically(path, to_json(current, indent=2))
        return
    try:
        earlier = msgspec.json.decode(path.read_bytes())
        changed = _changed(earlier, current)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise SearchError(
            f"{path} cannot be read ({error}). Expected what the search was begun with; restore the file to "
            "go on, use --fresh to start anew, or another --name or --runs-dir to keep both."
        ) from error
    if changed:
        changes = "; ".join(_change(name, earlier.get(name), current.get(name)) for name in changed)
        raise SearchError(
            f"The search in {path.parent} was begun with other settings ({changes}). "
            "Use --fresh to start anew, another --name or --runs-dir to keep both, or the earlier settings."
        )


class Begun(msgspec.Struct):
    """What a search goes on with, whatever would be chosen for a new one.

    Attributes:
        precision: Keras' dtype policy.
        by_cost: Whether its proposals weigh what trials cost.
    """

    precision: Policy
    by_cost: bool = False


def begun(path: Path) -> Begun | None:
    """What a search was begun with; ``None`` where none was begun or nobody can tell.

    Args:
        path: ``search.json``.
    """
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(path.read_bytes(), type=Begun)
    return None


def _changed(earlier: dict[str, Any], current: dict[str, Any]) -> list[str]:
    names = dict.fromkeys([*current, *earlier])
    return [name for name in names if current.get(name) != earlier.get(name)]


def _change(name: str, earlier: Any, current: Any) -> str:
    if isinstance(earlier, dict) and isinstance(current, dict):
        inner = _changed(earlier, current)
        return ", ".join(_change(f"{name} {key}", earlier.get(key), current.get(key)) for key in inner)
    if isinstance(earlier, int | float | str | None) and isinstance(current, int | float | str | None):
        return f"{name}: {_short(earlier)} then, {_short(current)} now"
    return f"{name} changed"


def _short(value: float | str | None) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"  # noqa: PLR2004 (a digest is told apart by its start)
