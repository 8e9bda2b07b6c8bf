"""Names beside points do not cover each other or leave the picture."""

from hypothesis import given
from hypothesis import strategies as st

from tunebench.report.labels import Box, _box, place

FRAME = Box(0, 0, 500, 300)


def boxes(points: list[tuple[float, float]], names: list[str]) -> list[Box]:
    """Where the names end up."""
    obstacles = [Box(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    placements = place(points, names, obstacles, FRAME, 12)
    return [
        _box(point, spot, 0.58 * 12 * len(name), 14.4)
        for point, spot, name in zip(points, placements, names, strict=True)
    ]


def test_close_points_get_names_apart() -> None:
    """Two models of the same accuracy and time would share one blot of ink."""
    first, second, third = boxes([(250, 150), (255, 152), (250, 145)], ["mobilenet_v2", "cnn3", "cnn2"])
    assert first.overlap(second) == second.overlap(third) == first.overlap(third) == 0


@given(x=st.floats(0, 500), y=st.floats(0, 300))
def test_a_single_name_stays_in_the_picture(x: float, y: float) -> None:
    """A point at the edge would lose its name."""
    (box,) = boxes([(x, y)], ["mobilenet_v2"])
    assert box.overlap(FRAME) > 0.95 * box.area
