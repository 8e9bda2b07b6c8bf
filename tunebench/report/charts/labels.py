"""Place names next to points so that no name can be mistaken for another point's.

A name covers no line and no other name, and no other point is near it. If it does not stand beside its own
point, a thin line leads there. A name without such a place is left out.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from math import cos, hypot, radians, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# In parts of the font's size; wide scripts, such as Chinese, fill all of it.
_CHARACTER_WIDTH = 0.62
_LINE_HEIGHT = 1.2
# Pixels between a point's middle and a name beside it, and one with a line.
_BESIDE = 11.0
_LINES = (22.0, 32.0, 44.0, 60.0, 80.0, 105.0, 135.0)
# Degrees, the best ones first. A level or upright line would look like an error bar.
_SIDES = (40, -40, 140, -140)
_FLAT = (22, -22, 158, -158)
_STEEP = (65, -65, 115, -115, 78, -78, 102, -102)
# Pixels that other points are away from a name, and other names and lines.
_ALONE = 10.0
_APART = 2.0
# Up to so many names are placed in several orders, so that all of them find a place.
_FEW = 10
_TRIES = 8
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


_Choice = tuple[Placement, Boxes]
"""A place, and the boxes of the name and of its line."""


def _placement(distance: float, angle: float, horizontal: str) -> Placement:
    dx, dy = distance * cos(radians(angle)), distance * sin(radians(angle))
    vertical = "center" if abs(dy) < 1 else "bottom" if dy > 0 else "top"
    return Placement(dx, dy, horizontal, vertical, line=distance > _BESIDE)


def _away(angle: float) -> str:
    return "left" if abs(angle) < 90 else "right"  # noqa: PLR2004 (upright)


_CANDIDATES = [
    *(_placement(_BESIDE, angle, _away(angle)) for angle in (*_SIDES, 0, 180)),
    *(_placement(_BESIDE, angle, "center") for angle in (90, -90)),
    *(
        _placement(distance, angle, horizontal)
        for distance in _LINES
        for angles, ways in ((_SIDES, 1), (_FLAT, 1), (_STEEP, 3))
        for angle in angles
        for horizontal in (_away(angle), "center", _away(180 - angle))[:ways]
    ),
]


def place(
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    marks: Sequence[tuple[float, float]],
    lines: Boxes,
    frame: Boxes,
    font_size: float,
) -> list[Placement | None]:
    """Choose a place for each name, in the given order; if they are few, in one that leaves out fewer.

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
    choices = [
        _choices(point, name, marks, lines, frame, font_size)
        for point, name in zip(points, names, strict=True)
    ]
    order = [*range(len(names))]
    best: list[Placement | None] = [None] * len(names)
    for _ in range(_TRIES if len(names) <= _FEW else 1):
        found = _in_order(choices, order)
        if found.count(None) < best.count(None):
            best = found
        # Those without a place come first the next time.
        order.sort(key=[each is not None for each in found].__getitem__)
    return best


def _choices(
    point: tuple[float, float],
    name: str,
    marks: Sequence[tuple[float, float]],
    lines: Boxes,
    frame: Boxes,
    font_size: float,
) -> list[_Choice]:
    """Where a name may stand if there are no other names, the best place first."""
    others = np.array([around(*mark, _MARK) for mark in marks if mark != point]).reshape(-1, 4)
    shown = np.vstack([lines, [around(*point, _MARK)]])
    boxes = np.array([text_box(point, each, name, font_size) for each in _CANDIDATES])
    inside = np.isclose(overlaps(boxes, frame)[:, 0], (boxes[:, 2:] - boxes[:, :2]).prod(axis=1))
    covering = overlaps(_grown(boxes, _APART), shown).any(axis=1)
    beside_others = overlaps(_grown(boxes, _ALONE), others).any(axis=1)
    found = []
    for index in np.flatnonzero(inside & ~covering & ~beside_others):
        trail = line_to(point, _CANDIDATES[index])
        if not overlaps(_grown(trail, _APART), others).any():
            found.append((_CANDIDATES[index], np.vstack([boxes[[index]], trail])))
    return found


def _in_order(choices: Sequence[Sequence[_Choice]], order: Iterable[int]) -> list[Placement | None]:
    """The first place of each name that earlier ones in the order leave."""
    taken = np.empty((0, 4))
    placements: list[Placement | None] = [None] * len(choices)
    for number in order:
        for placement, boxes in choices[number]:
            if not overlaps(_grown(boxes, _APART), taken).any():
                placements[number] = placement
                taken = np.vstack([taken, boxes])
                break
    return placements


def _grown(boxes: Boxes, pixels: float) -> Boxes:
    return np.hstack([boxes[:, :2] - pixels, boxes[:, 2:] + pixels])


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
    steps = np.arange(_MARK + _TRAIL, length, _TRAIL)[:, None] / length
    middles = point + steps * [placement.dx, placement.dy]
    return np.hstack([middles - _TRAIL, middles + _TRAIL])


def text_box(
    point: tuple[float, float], placement: Placement, name: str, font_size: float
) -> tuple[float, float, float, float]:
    """The estimated box of a name at a placement."""
    width, height = font_size * _ems(name), font_size * _LINE_HEIGHT
    x, y = point[0] + placement.dx, point[1] + placement.dy
    left = {"left": x, "right": x - width, "center": x - width / 2}[placement.horizontal]
    bottom = {"bottom": y, "top": y - height, "center": y - height / 2}[placement.vertical]
    return left, bottom, left + width, bottom + height


@cache
def _ems(name: str) -> float:
    return sum(1 if unicodedata.east_asian_width(sign) in "WF" else _CHARACTER_WIDTH for sign in name)
