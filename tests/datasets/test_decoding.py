"""Decoding: what Pillow gives, except where a rule of ours applies; damaged files say why."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tests.datasets.photographs import DAMAGED, ODDITIES, encoded, exif, picture
from tunebench.datasets.decoding import UndecodableError, decode

KINDS = st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"])
SIDES = st.integers(1, 40)


@given(
    KINDS, st.sampled_from(["RGB", "L", "1", "P", "CMYK"]), SIDES, SIDES, st.integers(1, 8), st.integers(0, 9)
)
def test_without_a_rule_of_ours_it_is_pillows_own(
    kind: str, mode: str, height: int, width: int, orientation: int, seed: int
) -> None:
    """In their own size, images are what ``exif_transpose(…).convert("RGB")`` gives."""
    image = Image.fromarray(picture(seed, height, width)).convert(mode)
    if kind not in {"JPEG", "TIFF"} and mode == "CMYK":
        image = image.convert("RGB")
    if kind in {"JPEG", "WEBP", "PPM"} and mode == "P":
        image = image.convert("RGB")
    options = {} if kind in {"BMP", "GIF", "PPM"} else {"exif": exif(orientation)}
    content = encoded(image, kind, **options)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    found = decode(content, "x", None, "crop")
    assert np.array_equal(found.pixels, np.asarray(expected))
    assert (found.height, found.width) == found.pixels.shape[:2]


@pytest.mark.parametrize("name", ODDITIES)
def test_every_oddity_is_decoded(name: str) -> None:
    """Modes, formats, wrong endings and names do not matter."""
    decoded = decode(ODDITIES[name](), name, (16, 20), "crop")
    assert decoded.pixels.shape == (16, 20, 3)
    assert decoded.pixels.std() > 5


@pytest.mark.parametrize(
    ("name", "reason"), [*zip(DAMAGED, ["is empty", "is damaged", "is not an image"], strict=True)]
)
def test_a_file_that_gives_no_image(name: str, reason: str) -> None:
    """The reason follows the file's name."""
    with pytest.raises(UndecodableError, match=f"^{reason}"):
        decode(DAMAGED[name](), name, (16, 16), "crop")


@pytest.mark.parametrize(
    ("side", "reason"),
    [(50_000, "has more than 179 million pixels"), (9_000, "claims 81,000,000 pixels in")],
)
def test_a_bomb_is_refused_before_it_is_decoded(side: int, reason: str) -> None:
    """A small file that claims many pixels takes no memory and no time."""
    small = encoded(Image.new("1", (8, 8)), "PNG")
    start = small.index(b"IHDR")
    header = b"IHDR" + side.to_bytes(4, "big") * 2 + small[start + 12 : start + 17]
    bomb = small[:start] + header + zlib.crc32(header).to_bytes(4, "big") + small[start + 21 :]
    with pytest.raises(UndecodableError, match=reason):
        decode(bomb, "bomb.png", (16, 16), "crop")


def test_16_bits_are_scaled() -> None:
    """The brightest value becomes 255 and the middle one 128, instead of both being clipped."""
    values = np.array([[0, 32896, 65535]], np.uint16)
    pixels = decode(encoded(Image.fromarray(values), "PNG"), "x.png", None, "crop").pixels
    assert pixels[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(("largest", "middle"), [(1.0, 0.5), (255.0, 127.6), (65535.0, 32768.0)])
def test_floating_point_is_scaled(largest: float, middle: float) -> None:
    """By its largest value, values go to 1, to 255 or to 65535."""
    values = np.array([[0, middle, largest]], np.float32)
    pixels = decode(encoded(Image.fromarray(values), "TIFF"), "x.tif", None, "crop").pixels
    assert pixels[0, :, 0].tolist() == [0, 128, 255]
    with pytest.raises(UndecodableError, match="outside 0 to 65535"):
        decode(encoded(Image.fromarray(values - 0.5), "TIFF"), "x.tif", None, "crop")


def test_transparent_pixels_lie_on_white() -> None:
    """Whatever colour is hidden below them; half transparent ones are mixed with white."""
    rgba = np.array([[[10, 20, 30, 0], [0, 0, 0, 128], [10, 20, 30, 255]]], np.uint8)
    pixels = decode(encoded(Image.fromarray(rgba), "PNG"), "x.png", None, "crop").pixels
    assert pixels[0].tolist() == [[255] * 3, [127] * 3, [10, 20, 30]]


def test_the_first_image_of_an_animation_counts() -> None:
    """And it is remarked on."""
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    decoded = decode(
        encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "x.gif", None, "crop"
    )
    assert decoded.pixels[0, 0].tolist() == [255, 0, 0]
    assert decoded.remarks == ("animated, first image used",)


def test_an_ending_that_misleads_is_remarked_on() -> None:
    """By content it is a PNG; MPO and JPEG share endings."""
    png = encoded(Image.new("RGB", (4, 4)), "PNG")
    assert decode(png, "x.jpg", None, "crop").remarks == ("PNG with the ending of JPEG",)
    assert decode(png, "x.PNG", None, "crop").remarks == ()
    assert decode(png, "x", None, "crop").remarks == ()


def test_a_large_jpeg_is_reduced_while_it_is_decoded() -> None:
    """The result resembles what resizing all of it gives, also if it lies on its side."""
    image = Image.fromarray(picture(3, 1600, 2400))
    for orientation, expected in ((1, image), (6, image.transpose(Image.Transpose.ROTATE_270))):
        content = encoded(image, "JPEG", quality=95, exif=exif(orientation))
        found = decode(content, "x.jpg", (40, 60), "crop").pixels
        whole = np.asarray(ImageOps.fit(expected, (60, 40), Image.Resampling.BILINEAR))
        assert np.abs(found.astype(int) - whole).mean() < 2


@pytest.mark.parametrize(
    ("resize", "left", "middle"),
    [("crop", "green", "green"), ("pad", "green", "green"), ("stretch", "red", "green")],
)
def test_the_three_ways_to_resize(resize: str, left: str, middle: str) -> None:
    """A wide image: crop loses its ends, pad gets black above and below, stretch keeps both ends."""
    image = Image.new("RGB", (300, 100), "green")
    image.paste("red", (0, 0, 30, 100))
    image.paste("red", (270, 0, 300, 100))
    pixels = decode(encoded(image, "PNG"), "x.png", (30, 30), resize).pixels  # type: ignore[arg-type] # a parameter
    colours = {"red": [255, 0, 0], "green": [0, 128, 0]}
    assert pixels[15, 15].tolist() == colours[middle]
    if resize == "pad":
        assert pixels[2, 15].tolist() == [0, 0, 0]
        assert pixels[15, 0].tolist() == colours["red"]
    else:
        assert pixels[15, 0].tolist() == colours[left]


def test_damaged_exif_data_does_not_lose_the_image() -> None:
    """The image is used as it lies."""
    content = encoded(Image.fromarray(picture(1)), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert decode(content, "x.jpg", None, "crop").pixels.shape == (24, 32, 3)


def test_pillow_prints_nothing_of_a_damaged_file() -> None:
    """What it logs is said with the file's name instead."""
    content = encoded(Image.fromarray(picture(1)), "TIFF")
    # The number of samples per pixel.
    place = content.index(struct.pack("<HH", 277, 3)) + 8
    damaged = content[:place] + struct.pack("<H", 2048) + content[place + 2 :]
    code = f"from tunebench.datasets.decoding import decode\ndecode({damaged!r}, 'a.tif', None, 'crop')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "More samples per pixel" not in ended.stderr
    assert ended.stderr.rstrip().endswith("UndecodableError: is not an image")
