"""What a search or a baseline was started with, so that only the same one continues in its folder."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from tunebench import files
from tunebench.errors import SearchError
from tunebench.option_kinds import declarations
from tunebench.options import POLICIES, Policy, SearchOptions
from tunebench.record_json import UNREADABLE, to_json
from tunebench.runs import run_folder
from tunebench.runs.back_end import back_end

# Another format means that the same settings gave other trials. 3: trials that learn nothing are stopped.
# Another order alone, as of starting points and defaults, is noticed when the trials are replayed.
FORMAT_VERSION = 3
# Recorded only if operations are not, as those of earlier versions always were.
DETERMINISTIC = "deterministic operations"
XLA = "XLA"
_NAMED = 3
_DAMAGED = (OSError, TypeError, AttributeError, *UNREADABLE)


def match(path: Path, fingerprint: dict[str, Any], *, has_results: bool) -> None:
    """Compare the fingerprint with that of the run in the folder, or write it if that has no results.

    Args:
        path: ``search.json``, or ``train.json`` of a baseline.
        fingerprint: JSON-like; each value is compared as one.
        has_results: Whether the folder already holds finished trials or trainings.

    Raises:
        SearchError: Something has changed; the message names it and the choices.
    """
    kind = "baseline" if path.name == run_folder.BASELINE else "search"
    # Through JSON, so that tuples compare as the lists they become.
    current = msgspec.json.decode(to_json({"format_version": FORMAT_VERSION, **fingerprint}))
    if not has_results:
        # Of an earlier command that finished nothing, nothing is lost.
        files.write_atomically(path, to_json(current, indent=2))
        return
    if not path.exists():
        raise SearchError(
            f"{path.parent} holds a {kind} but no {path.name}, so its settings are unknown. Use --fresh to "
            "start again, or another --name to keep both."
        )
    try:
        earlier = _with_defaults(_read(path), current)
        for each in (earlier, current):
            each.setdefault(DETERMINISTIC, True)
            each.setdefault(XLA, True)
            if "backend" in each:
                each["back end"] = back_end(each.pop("backend"), each.pop("tensorflow", None))
        changed = _changed(earlier, current)
        version = earlier.get("format_version")
    except _DAMAGED as error:
        raise SearchError(
            f"{path} cannot be read ({error}). Expected the settings that the {kind} was started with; "
            "restore the file to continue, use --fresh to start again, or another --name to keep both."
        ) from error
    if "format_version" in changed:
        raise SearchError(
            f"The {kind} in {path.parent} was started with another version of tunebench (format {version}, "
            f"here {FORMAT_VERSION}), whose results differ. Use --fresh to start again, or another --name to "
            "keep both."
        )
    if changed:
        changes = "; ".join(_change(name, earlier.get(name), current.get(name)) for name in changed)
        raise SearchError(
            f"The {kind} in {path.parent} was started with other settings ({changes}). Use --fresh to start "
            "again, another --name or --runs-dir to keep both, or the earlier settings."
        )


def recorded_precision(path: Path) -> tuple[Policy, bool] | None:
    """The dtype policy of the search in a folder and whether XLA compiled; ``None``: no readable search.

    Args:
        path: ``search.json``.
    """
    with contextlib.suppress(*_DAMAGED):
        found = _read(path)
        precision = found.get("precision")
        return (precision, found.get(XLA) is not False) if precision in POLICIES else None
    return None


def recorded_workers(path: Path) -> int | None:
    """How many trials the search in a folder runs at once; ``None`` if that may change, or is not known.

    Args:
        path: ``search.json``.
    """
    with contextlib.suppress(*_DAMAGED):
        workers = _read(path).get("workers")
        return workers if isinstance(workers, int) and workers > 0 else None
    return None


def recorded_determinism(path: Path) -> bool | None:
    """Whether the operations of the run in a folder are deterministic; ``None`` if there is no readable one.

    Args:
        path: ``search.json``, or ``train.json`` of a baseline.
    """
    with contextlib.suppress(*_DAMAGED):
        return bool(_read(path).get(DETERMINISTIC, True))
    return None


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return content


def _with_defaults(earlier: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    """An option that did not exist when a search was started counts as having its default."""
    defaults = {
        name: default for name, (_, default) in declarations(SearchOptions).items() if name in current
    }
    return {**defaults, **earlier}


def _changed(earlier: dict[str, Any], current: dict[str, Any]) -> list[str]:
    names = dict.fromkeys([*current, *earlier])
    return [name for name in names if current.get(name) != earlier.get(name)]


def _change(name: str, earlier: Any, current: Any) -> str:
    if isinstance(earlier, dict) and isinstance(current, dict):
        inner = _changed(earlier, current)
        return "; ".join(_change(f"{name} {key}", earlier.get(key), current.get(key)) for key in inner)
    if name in _DIGESTS:
        return _DIGESTS[name]
    if isinstance(earlier, int | float | str | None) and isinstance(current, int | float | str | None):
        return f"{_NAMES.get(name, name)}: {earlier} then, {current} now"
    names = _changed(_by_name(earlier), _by_name(current))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{name} changed" + (f": {', '.join(names[:_NAMED])}{more}" if names else "")


def _by_name(configurations: Any) -> dict[str, list[Any]]:
    """The declarations of each hyperparameter of a search; empty for anything else."""
    found: dict[str, list[Any]] = {}
    for each in configurations if isinstance(configurations, list) else ():
        if isinstance(each, dict) and "name" in each:
            found.setdefault(str(each["name"]), []).append(each)
    return found


_NAMES = {"space name": "space", "data name": "data set", "data images": "training images"}
_DIGESTS = {
    "space source sha256": "the code of the space changed",
    "data sha256": "the images differ, by their files or by --train-size, --seed, --image-size or --resize",
}
