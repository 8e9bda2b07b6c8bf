"""Decoded images on disk: computed once, again if a file changes, the same in several processes."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.datasets.photographs import encoded, picture, write_class
from tunebench.datasets import decoded, file_facts
from tunebench.datasets.decoded import ImageCache, decode_files
from tunebench.datasets.listing import list_folder


def write_two(root: Path) -> Path:
    """Two classes of four pictures."""
    write_class(root / "a", 4, 0)
    write_class(root / "b", 4, 100)
    return root


def test_images_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call reads them, unless a file or the requested size has changed."""
    root, cache = write_two(tmp_path / "data"), ImageCache(tmp_path / "cache")
    calls: list[int] = []
    real = file_facts.decode_and_hash

    def counted(paths: list[str], *rest: object) -> object:
        calls.append(len(paths))
        return real(paths, *rest)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(decoded, "decode_and_hash", counted)
    first = decode_files(list_folder(root), None, "crop", cache)
    again = decode_files(list_folder(root), None, "crop", cache)
    assert calls == [8]
    assert np.array_equal(first.pixels, again.pixels)
    assert (first.facts, first.size, again.size) == (again.facts, (24, 32), (24, 32))
    decode_files(list_folder(root), (16, 16), "crop", cache)
    (root / "a" / "000.png").write_bytes(encoded(Image.fromarray(picture(555)), "PNG"))
    changed = decode_files(list_folder(root), None, "crop", cache)
    assert calls == [8, 8, 8]
    assert np.array_equal(changed.pixels[0], picture(555))
    assert cache.usage().num_arrays == 3
    # One of another size: found once, then known.
    (root / "b" / "odd.png").write_bytes(encoded(Image.fromarray(picture(7, 40, 20)), "PNG"))
    odd = decode_files(list_folder(root), None, "crop", cache)
    assert calls == [8, 8, 8, 9, 9]
    assert odd.why == decode_files(list_folder(root), None, "crop", cache).why
    assert calls == [8, 8, 8, 9, 9]


def test_other_content_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    """As when files are replaced by a program that preserves times."""
    root, cache = write_two(tmp_path / "data"), ImageCache(tmp_path / "cache")
    file = root / "a" / "000.bmp"
    file.write_bytes(encoded(Image.fromarray(picture(1)), "BMP"))
    before = file.stat()
    decode_files(list_folder(root), None, "crop", cache)
    file.write_bytes(encoded(Image.fromarray(picture(2)), "BMP"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    found = decode_files(list_folder(root), None, "crop", cache)
    assert np.array_equal(found.pixels[0], picture(2))


def test_several_processes_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the files, with progress."""
    root = write_two(tmp_path)
    (root / "a" / "damaged.png").write_bytes(b"damaged")
    alone = decode_files(list_folder(root), None, "crop", None)
    monkeypatch.setattr(decoded, "_FEW", 2)
    monkeypatch.setattr(decoded, "_AT_A_TIME", 2)
    seen: list[tuple[int, int]] = []
    together = decode_files(list_folder(root), None, "crop", None, lambda *done: seen.append(done))
    assert np.array_equal(alone.pixels, together.pixels)
    assert alone.facts == together.facts
    assert seen == [(2, 9), (4, 9), (6, 9), (8, 9), (9, 9)]
