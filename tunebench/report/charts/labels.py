"""Place names next to points so that nobody can take a name for another point's.

A name covers no line and no other name, and no other point is near it. If it does not stand beside its own
point, a thin line leads there. A name without such a place is left out.
"""

import unicodedata
from collections.abc import Sequence
from math import cos, hypot, radians, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# In parts of the font's size; wide scripts, such as Chinese, fill all of it.
_CHARACTER_WIDTH = 0.62
_LINE_HEIGHT = 1.2
# Pixels between a point's middle and a name beside it, and one with a line.
_BESIDE = 11.0
_LINES = (22.0, 32.0, 44.0, 60.0)
# Degrees, the best ones first. An upright or level line would look like an error bar.
_OBLIQUE = (40, -40, 140, -140, 22, -22, 158, -158, 65, -65, 115, -115)
_ANGLES = (*_OBLIQUE[:4], 0, 180, 90, -90, *_OBLIQUE[4:])
# Pixels that other points are away from a name, and other names and lines.
_ALONE = 10.0
_APART = 2.0
# Half a marker, and half a line's surroundings.
_MARK = 6.0
_TRAIL = 1.5

Boxes = NDArray[np.float64]
"""Rectangles in pixels, shape ``(number, 4)``: left, bottom, right, top; the origin is at the lower left."""


class Placement(NamedTuple):
    """The offset of a name from its point, in pixels, its alignment, and whether a line leads there."""

    dx: float
    dy: float
    horizontal: str
    vertical: str
    line: bool


def _placement(distance: float, angle: float) -> Placement:
    dx, dy = distance * cos(radians(angle)), distance * sin(radians(angle))
    level, upright = abs(dy) < distance / 4, abs(dx) < distance / 4
    return Placement(
        dx,
        dy,
        "center" if upright else "left" if dx > 0 else "right",
        "center" if level else "bottom" if dy > 0 else "top",
        line=distance > _BESIDE,
    )


_CANDIDATES = [
    *(_placement(_BESIDE, angle) for angle in _ANGLES),
    *(_placement(distance, angle) for distance in _LINES for angle in _OBLIQUE),
]


def place(
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    marks: Sequence[tuple[float, float]],
    lines: Boxes,
    frame: Boxes,
    font_size: float,
) -> list[Placement | None]:
    """Choose a place for each name, in the given order.

    Args:
        points: Pixels, one per name.
        names: What to place.
        marks: All points that are drawn, those with a name among them; pixels.
        lines: Boxes of error bars and other lines.
        frame: A single box that names stay inside.
        font_size: Pixels.

    Returns:
        A placement per name; ``None`` for those that are left out.
    """
    taken = np.empty((0, 4))
    placements: list[Placement | None] = []
    for point, name in zip(points, names, strict=True):
        others = np.array([around(*mark, _MARK) for mark in marks if mark != point]).reshape(-1, 4)
        shown = np.vstack([lines, [around(*point, _MARK)], taken])
        boxes = np.array([text_box(point, each, name, font_size) for each in _CANDIDATES])
        inside = np.isclose(overlaps(boxes, frame), overlaps(boxes, boxes).diagonal()[:, None])[:, 0]
        covering = overlaps(_grown(boxes, _APART), shown).any(axis=1)
        beside_others = overlaps(_grown(boxes, _ALONE), others).any(axis=1)
        placements.append(None)
        for index in np.flatnonzero(inside & ~covering & ~beside_others):
            trail = line_to(point, _CANDIDATES[index])
            if not overlaps(trail, np.vstack([others, taken])).any():
                placements[-1] = _CANDIDATES[index]
                taken = np.vstack([taken, boxes[[index]], trail])
                break
    return placements


def _grown(boxes: Boxes, pixels: float) -> Boxes:
    return boxes + np.array([-pixels, -pixels, pixels, pixels])


def overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """The area that each box shares with each of the others, shape ``(boxes, others)``."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    areas: NDArray[np.float64] = np.maximum(high - low, 0).prod(axis=2)
    return areas


def around(x: float, y: float, half: float) -> tuple[float, float, float, float]:
    """The box of a square."""
    return x - half, y - half, x + half, y + half


def line_to(point: tuple[float, float], placement: Placement) -> Boxes:
    """Small boxes along the line from the edge of a point's marker to its name; none if it has no line."""
    if not placement.line:
        return np.empty((0, 4))
    length = hypot(placement.dx, placement.dy)
    steps = np.arange(_MARK + _TRAIL, length, _TRAIL) / length
    return np.array(
        [around(point[0] + part * placement.dx, point[1] + part * placement.dy, _TRAIL) for part in steps]
    )


def text_box(
    point: tuple[float, float], placement: Placement, name: str, font_size: float
) -> tuple[float, float, float, float]:
    """The estimated box of a name at a placement."""
    width = font_size * sum(
        1 if unicodedata.east_asian_width(sign) in "WF" else _CHARACTER_WIDTH for sign in name
    )
    height = _LINE_HEIGHT * font_size
    x, y = point[0] + placement.dx, point[1] + placement.dy
    left = {"left": x, "right": x - width, "center": x - width / 2}[placement.horizontal]
    bottom = {"bottom": y, "top": y - height, "center": y - height / 2}[placement.vertical]
    return left, bottom, left + width, bottom + height
