"""Placement of names in the main chart."""

from itertools import combinations, permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tunebench.report.charts.labels import Boxes, Placement, overlaps, place, text_box

FRAME = np.array([[0.0, 0, 500, 300]])
NO_LINES = np.empty((0, 4))
NAME = "mobilenet_v2"
Point = tuple[float, float]
POINTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), min_size=1, max_size=12, unique=True)


def placed(points: list[Point], lines: Boxes = NO_LINES) -> dict[Point, Placement]:
    """Where the names of some points stand, without those that are left out."""
    spots = place(points, [NAME] * len(points), points, lines, FRAME, 12)
    return {point: spot for point, spot in zip(points, spots, strict=True) if spot is not None}


def boxes_of(spots: dict[Point, Placement]) -> Boxes:
    """The boxes of their names."""
    return np.array([text_box(point, spot, NAME, 12) for point, spot in spots.items()]).reshape(-1, 4)


def way(point: Point, spot: Placement) -> list[Point]:
    """Places on the line from a point to its name; only the point's, if there is no line."""
    parts = np.linspace(0, 1, 50) if spot.line else [0.0]
    return [(point[0] + part * spot.dx, point[1] + part * spot.dy) for part in parts]


def distance(box: Boxes, point: Point) -> float:
    """Pixels between a box and a point; 0 inside."""
    left, bottom, right, top = box
    across, along = max(left - point[0], 0, point[0] - right), max(bottom - point[1], 0, point[1] - top)
    return float(np.hypot(across, along))


def test_close_points_get_separate_names() -> None:
    """Beside the outer ones; a line leads to the name of the one in their middle."""
    outer: list[Point] = [(228, 150), (272, 150), (250, 128), (250, 172)]
    spots = placed([(250, 150), *outer])
    assert len(spots) == 5
    assert spots[250, 150].line
    assert not any(spots[point].line for point in outer)


@given(x=st.floats(0, 500), y=st.floats(0, 300))
@settings(max_examples=25)
def test_a_single_name_stays_inside_the_frame(x: float, y: float) -> None:
    """A name next to a point at the edge stays visible, and needs no line."""
    ((point, spot),) = placed([(x, y)]).items()
    box = boxes_of({point: spot})
    assert overlaps(box, FRAME) > 0.999 * overlaps(box, box)
    assert not spot.line


@given(points=POINTS)
@settings(max_examples=25)
def test_no_name_can_be_taken_for_that_of_another_point(points: list[Point]) -> None:
    """Names and their lines keep away from other points, names and error bars."""
    bars = np.array([(x - 1, y - 25, x + 1, y + 25) for x, y in points], dtype=float)
    spots = placed(points, bars)
    boxes = dict(zip(spots, boxes_of(spots), strict=True))
    assert not overlaps(boxes_of(spots), bars).any()
    for one, two in combinations(boxes_of(spots)[:, None], 2):
        assert not overlaps(one, two).any()
    for point, box in boxes.items():
        assert all(distance(box, other) >= 10 for other in points if other != point)
    for point, other in permutations(spots, 2):
        assert min(distance(boxes[other], place) for place in way(point, spots[point])) > 0


def test_names_that_fit_nowhere_are_left_out() -> None:
    """Of forty points in one place, few or none are named; a point apart from them is."""
    crowd: list[Point] = [(250.0 + number % 7, 150.0 + number % 5) for number in range(40)]
    spots = placed([*crowd, (100.0, 50.0)])
    assert len(spots) <= 10
    assert (100.0, 50.0) in spots
