"""What a repeated command has to agree on with the study that it continues."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunebench.errors import TunebenchError
from tunebench.option_kinds import declarations
from tunebench.runs import Run
from tunebench.spaces import Space
from tunebench.study_options import StudyOptions


def settings_of(options: StudyOptions, found: Sequence[Space], sha256: str) -> dict[str, Any]:
    """What a study is started with, and a repeat must agree on.

    Args:
        options: Of the study.
        found: Its spaces. Their code is compared with that of the finished runs: see :func:`check_code`.
        sha256: Of the images.
    """
    asked = {
        name: getattr(options, name)
        for name, (declared, _) in declarations(StudyOptions).items()
        if declared.must_agree and name != "spaces"
    }
    handles = [options.backbone or space.backbone for space in found if space.has_prefix]
    return {
        **asked,
        "spaces": ",".join(space.name for space in found),
        "images": sha256,
        "backbone": ", ".join(dict.fromkeys(handles)) or None,
    }


def check_settings(folder: Path, earlier: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    """Refuse other settings than those that a study was started with.

    Raises:
        TunebenchError: The message names the first difference.
    """
    declared = declarations(StudyOptions)
    for name, value in current.items():
        # An option that did not exist when the study was started counts as having its default.
        default = declared[name][1] if name in declared else None
        before = earlier.get(name, default)
        if name == "spaces":
            # As written by earlier versions.
            before = str(before).replace(", ", ",")
        if before != value:
            changed = f"{_as_typed(name, before)} then, {_as_typed(name, value)} now"
            if name == "images":
                changed = "the images differ, by their files or by --train-size, --test-size or --image-size"
            raise TunebenchError(
                f"The study in {folder} was started with other settings ({changed}). Use the earlier "
                "settings, or another --name to keep both."
            )


def _as_typed(name: str, value: Any) -> str:
    """A setting as on the command line."""
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is False:
        return f"without {flag}"
    return f"with {flag}" if value is True else f"{flag} {value}"


def check_code(folder: Path, found: Iterable[Space], runs: Mapping[str, Run]) -> None:
    """Refuse a space whose code has changed since runs of it were finished.

    Args:
        folder: Of the study.
        found: Its spaces.
        runs: Its finished runs, by name.

    Raises:
        TunebenchError: The message names the space and its runs.
    """
    for space in found:
        of_space = [name for name, run in runs.items() if run.record.space == space.name]
        # Runs of earlier versions do not say it.
        known = {name: runs[name].record.settings.get("space_sha256") for name in of_space}
        changed = [name for name in of_space if known[name] not in {None, space.sha256}]
        if changed:
            raise TunebenchError(
                f"The code of the space {space.name} has changed since these runs of the study in {folder} "
                f"were made: {', '.join(changed)}. Restore the file, delete the folders of these runs to "
                "make them again, or use another --name to keep both."
            )
