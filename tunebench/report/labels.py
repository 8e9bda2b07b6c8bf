"""Put names beside points so that they cover neither each other nor the points."""

from collections.abc import Sequence
from dataclasses import dataclass

_CHARACTER_WIDTH = 0.58
_GAP = 9.0


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "Box") -> float:
        """The area that two rectangles share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)

    @property
    def area(self) -> float:
        """Width times height."""
        return (self.right - self.left) * (self.top - self.bottom)


@dataclass(frozen=True)
class Placement:
    """Where a name goes: an offset from its point, in pixels, and how it is aligned there.

    Attributes:
        dx: To the right.
        dy: Upwards.
        horizontal: Matplotlib's ``horizontalalignment``.
        vertical: Matplotlib's ``verticalalignment``.
    """

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
    obstacles: Sequence[Box],
    frame: Box,
    font_size: float,
) -> list[Placement]:
    """Choose a place for each name, greedily in the given order.

    Args:
        points: In pixels, the origin at the lower left.
        names: One per point.
        obstacles: What names should not cover: points and error bars.
        frame: What they should not leave.
        font_size: In pixels.

    Returns:
        A placement per name.
    """
    taken = list(obstacles)
    placements = []
    for point, name in zip(points, names, strict=True):
        width = _CHARACTER_WIDTH * font_size * len(name)
        boxes = [_box(point, candidate, width, font_size * 1.2) for candidate in _CANDIDATES]
        costs = [
            sum(box.overlap(other) for other in taken) + 4 * (box.area - box.overlap(frame)) + 2 * order
            for order, box in enumerate(boxes)
        ]
        best = costs.index(min(costs))
        taken.append(boxes[best])
        placements.append(_CANDIDATES[best])
    return placements


def _box(point: tuple[float, float], placement: Placement, width: float, height: float) -> Box:
    x, y = point[0] + placement.dx, point[1] + placement.dy
    left = {"left": x, "right": x - width, "center": x - width / 2}[placement.horizontal]
    bottom = {"bottom": y, "top": y - height}[placement.vertical]
    return Box(left, bottom, left + width, bottom + height)
