"""Place names next to points so that they cover neither each other nor the points."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_CHARACTER_WIDTH = 0.58
_LINE_HEIGHT = 1.2
_GAP = 9.0
# A name is left out if names before it would cover this share of it, or points and lines that one.
_COVERED = 0.1
_HIDDEN = 0.35

Boxes = NDArray[np.float64]
"""Rectangles in pixels, shape ``(number, 4)``: left, bottom, right, top; the origin is at the lower left."""


class Placement(NamedTuple):
    """The offset of a name from its point, in pixels, and matplotlib's alignment of its text."""

    dx: float
    dy: float
    horizontal: str
    vertical: str


_CANDIDATES = (
    Placement(_GAP, 5, "left", "bottom"),
    Placement(-_GAP, 5, "right", "bottom"),
    Placement(_GAP, -5, "left", "top"),
    Placement(-_GAP, -5, "right", "top"),
    Placement(0, 2 * _GAP, "center", "bottom"),
    Placement(0, -2 * _GAP, "center", "top"),
    Placement(2.5 * _GAP, 2.5 * _GAP, "left", "bottom"),
    Placement(2.5 * _GAP, -2.5 * _GAP, "left", "top"),
    Placement(-2.5 * _GAP, 2.5 * _GAP, "right", "bottom"),
    Placement(-2.5 * _GAP, -2.5 * _GAP, "right", "top"),
)


def place(
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    obstacles: Boxes,
    frame: Boxes,
    font_size: float,
) -> list[Placement | None]:
    """Choose a place for each name, greedily in the given order.

    Args:
        points: Pixels.
        names: One per point.
        obstacles: What names should not cover: points, error bars and lines.
        frame: A single box that names should stay inside.
        font_size: Pixels.

    Returns:
        A placement per name; ``None`` if every place would cover an earlier name or much else. The first
        name is always placed.
    """
    names_taken = np.empty((0, 4))
    placements: list[Placement | None] = []
    for point, name in zip(points, names, strict=True):
        boxes = np.array([text_box(point, candidate, name, font_size) for candidate in _CANDIDATES])
        area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        outside = area - overlaps(boxes, frame)[:, 0]
        covered, hidden = (overlaps(boxes, others).sum(axis=1) for others in (names_taken, obstacles))
        costs = covered + hidden + 4 * outside + 2 * np.arange(len(boxes))
        if placements:
            costs[(covered > _COVERED * area) | (hidden > _HIDDEN * area)] = np.inf
        best = int(costs.argmin())
        if not np.isfinite(costs[best]):
            placements.append(None)
            continue
        names_taken = np.vstack([names_taken, boxes[best]])
        placements.append(_CANDIDATES[best])
    return placements


def overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """The area that each box shares with each of the others, shape ``(boxes, others)``."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    areas: NDArray[np.float64] = np.maximum(high - low, 0).prod(axis=2)
    return areas


def text_box(
    point: tuple[float, float], placement: Placement, name: str, font_size: float
) -> tuple[float, float, float, float]:
    """The estimated box of a name at a placement."""
    width, height = _CHARACTER_WIDTH * font_size * len(name), _LINE_HEIGHT * font_size
    x, y = point[0] + placement.dx, point[1] + placement.dy
    left = {"left": x, "right": x - width, "center": x - width / 2}[placement.horizontal]
    bottom = {"bottom": y, "top": y - height}[placement.vertical]
    return left, bottom, left + width, bottom + height
