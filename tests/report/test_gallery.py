"""The gallery of the most confident errors."""

import base64
import io
import re
from pathlib import Path

from PIL import Image

from tests.synthetic_runs import FOUR, write_runs
from tunebench.report import compare


def test_a_sprite_per_model_and_none_without_a_gallery(tmp_path: Path) -> None:
    """A request per image; or images on a page that was asked to have none."""
    write_runs(tmp_path / "runs", FOUR[:2])
    page = compare([], tmp_path / "runs", tmp_path / "page.html").page.read_text()
    sprites = re.findall(r"--sprite:url\(data:image/png;base64,([\w+/=]+)\)", page)
    assert len(sprites) == 2
    with Image.open(io.BytesIO(base64.b64decode(sprites[0]))) as sprite:
        assert sprite.size == (16 * 8, 8)
    assert len(re.findall(r'class="thumb"', page)) == 2 * 16
    assert re.search(r"taken for \w+, \d+\s% sure", page)
    without = compare([], tmp_path / "runs", tmp_path / "page.html", gallery=False).page.read_text()
    assert "data:image/png" not in without
    assert "Most confident errors" not in without
