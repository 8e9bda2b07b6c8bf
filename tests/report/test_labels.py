"""Placement of names in the main chart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunebench.report.charts.labels import Boxes, overlaps, place, text_box

FRAME = np.array([[0.0, 0, 500, 300]])


def placed(points: list[tuple[float, float]], names: list[str]) -> Boxes:
    """The boxes of the names after placement."""
    obstacles = np.array([(x - 6, y - 6, x + 6, y + 6) for x, y in points])
    placements = place(points, names, obstacles, FRAME, 12)
    return np.array(
        [
            text_box(point, spot, name, 12)
            for point, spot, name in zip(points, placements, names, strict=True)
            if spot is not None
        ]
    )


def test_names_of_close_points_do_not_overlap() -> None:
    """Three points close together get three separate names."""
    boxes = placed([(250, 150), (255, 152), (250, 145)], ["mobilenet_v2", "cnn3", "cnn2"])
    assert np.count_nonzero(overlaps(boxes, boxes)) == 3


@given(x=st.floats(0, 500), y=st.floats(0, 300))
def test_a_single_name_stays_inside_the_frame(x: float, y: float) -> None:
    """A name next to a point at the edge stays visible."""
    box = placed([(x, y)], ["mobilenet_v2"])
    assert overlaps(box, FRAME) > 0.95 * overlaps(box, box)


def test_names_that_fit_nowhere_are_left_out() -> None:
    """Of forty points in one place, a few are named, the first among them."""
    boxes = placed([(250.0 + number % 7, 150.0 + number % 5) for number in range(40)], ["mobilenet_v2"] * 40)
    assert 1 <= len(boxes) <= 10
    shared = overlaps(boxes, boxes)
    assert (shared.sum(axis=1) <= 1.2 * shared.diagonal()).all()
