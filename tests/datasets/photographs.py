"""Folders of images such as users have, with every oddity that they bring."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def picture(seed: int, height: int = 24, width: int = 32) -> NDArray[np.uint8]:
    """Smooth colours, different for each seed: ``uint8`` of shape ``(height, width, 3)``."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """An image as the content of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def write_class(folder: Path, number: int, first: int, kind: str = "PNG") -> None:
    """Write pictures with consecutive seeds as ``000.png`` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(number):
        image = Image.fromarray(picture(first + place))
        (folder / f"{place:03d}.{kind.lower()}").write_bytes(encoded(image, kind))


def exif(orientation: int) -> bytes:
    """EXIF data with an orientation, from 1 to 8."""
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def _grey_16_bits() -> bytes:
    ramp = np.linspace(0, 65535, 24 * 32).reshape(24, 32).astype(np.uint16)
    return encoded(Image.fromarray(ramp), "PNG")


def _animated() -> bytes:
    frames = [Image.fromarray(picture(seed)) for seed in (900, 901)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


# Files that are images, by name; each holds another one.
ODDITIES: dict[str, Callable[[], bytes]] = {
    "png named.jpg": lambda: encoded(Image.fromarray(picture(901)), "PNG"),
    "UPPER.JPG": lambda: encoded(Image.fromarray(picture(902)), "JPEG"),
    "webp.webp": lambda: encoded(Image.fromarray(picture(903)), "WEBP"),
    "tiff.tif": lambda: encoded(Image.fromarray(picture(904)), "TIFF"),
    "cmyk.jpg": lambda: encoded(Image.fromarray(picture(905)).convert("CMYK"), "JPEG"),
    "palette.png": lambda: encoded(Image.fromarray(picture(906)).convert("P"), "PNG"),
    "one bit.png": lambda: encoded(Image.fromarray(picture(907)).convert("1"), "PNG"),
    "grey.png": lambda: encoded(Image.fromarray(picture(908)).convert("L"), "PNG"),
    "16 bits.png": _grey_16_bits,
    "transparent.png": lambda: encoded(
        Image.fromarray(np.dstack([picture(909), np.full((24, 32), 100, np.uint8)])), "PNG"
    ),
    "animated.gif": _animated,
    "turned.jpg": lambda: encoded(Image.fromarray(picture(910)), "JPEG", exif=exif(6)),
    "no ending": lambda: encoded(Image.fromarray(picture(911)), "BMP"),
    "large.jpg": lambda: encoded(Image.fromarray(picture(912, 900, 1200)), "JPEG"),
    "-dash 'quote' <b>tag\n.png": lambda: encoded(Image.fromarray(picture(913)), "PNG"),
}
# Files that look like images and cannot be used.
DAMAGED: dict[str, Callable[[], bytes]] = {
    "empty.jpg": lambda: b"",
    "truncated.jpg": lambda: encoded(Image.fromarray(picture(920, 200, 200)), "JPEG")[:2000],
    "text.png": lambda: b"not an image at all",
}
CLUTTER = ("._1.jpg", ".DS_Store", "Thumbs.db")


def write_oddities(root: Path) -> None:
    """A folder with two classes and every oddity; the duplicates and the conflict are of known number."""
    write_class(root / "cats", 12, 0)
    write_class(root / "dogs", 12, 100)
    for name, content in {**ODDITIES, **DAMAGED}.items():
        (root / "cats" / name).write_bytes(content())
    for name in CLUTTER:
        (root / "dogs" / name).write_bytes(b"clutter")
    (root / "__MACOSX").mkdir()
    (root / "README.txt").write_text("a file outside class folders")
    (root / "dogs" / "notes.txt").write_text("a file that is no image")
    # The same file twice, the same pixels in another format, and one image under two labels.
    (root / "cats" / "copy.png").write_bytes((root / "cats" / "000.png").read_bytes())
    (root / "cats" / "same pixels.bmp").write_bytes(encoded(Image.fromarray(picture(1)), "BMP"))
    (root / "dogs" / "a cat.png").write_bytes((root / "cats" / "002.png").read_bytes())
