"""Ways to damage a file, for tests of what reads it."""

import json
import random
from collections.abc import Callable
from pathlib import Path


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _swapped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[:8] = content[:8][::-1]
    path.write_bytes(content)


def _random(path: Path) -> None:
    noise = random.Random(0)  # noqa: S311 (nothing secret)
    path.write_bytes(noise.randbytes(max(64, path.stat().st_size)))


def _other_type(path: Path) -> None:
    path.write_bytes(b'[1, "two", null]\n')


def _later_version(path: Path) -> None:
    """As a later version might write: another format version and one more field, in each line of JSON."""
    text = path.read_text(encoding="utf-8")
    parts = text.splitlines() if path.suffix == ".jsonl" else [text]
    later = [json.dumps({**json.loads(part), "format_version": 99, "new": 1}) for part in parts]
    path.write_text("\n".join(later) + "\n", encoding="utf-8")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _broken_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "absent" / "file")


def _absent(path: Path) -> None:
    path.unlink()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": _empty,
    "cut": _cut,
    "swapped": _swapped,
    "random": _random,
    "other type": _other_type,
    "later version": _later_version,
    "folder": _folder,
    "broken link": _broken_link,
    "absent": _absent,
}
