"""Images that stay together: units, and what is held out of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunebench.units import Units, held_out, together

KEYS = st.lists(st.tuples(*(st.one_of(st.none(), st.integers(0, 5)),) * 2), min_size=1, max_size=20)


@given(KEYS)
def test_images_that_share_a_key_get_the_same_number(keys: list[tuple[int | None, int | None]]) -> None:
    """Directly or through others, and no other images do."""
    numbers = together(len(keys), [one for one, _ in keys], [other for _, other in keys])
    # The definition: merge until nothing changes.
    expected = list(range(len(keys)))
    for _ in keys:
        for one in range(len(keys)):
            for other in range(one):
                if any(a == b and a is not None for a, b in zip(keys[one], keys[other], strict=True)):
                    expected[one] = expected[other] = min(expected[one], expected[other])
    assert numbers.tolist() == expected


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), min_size=1, max_size=60), st.floats(0.05, 0.5)
)
def test_what_is_held_out(images: list[tuple[int, int]], fraction: float) -> None:
    """Every image is on one side, no unit is divided, and a class of three or more units is on both sides."""
    labels = np.array([label for label, _ in images], np.int64)
    groups = np.array([10 * group + label for label, group in images], np.int64)
    units = Units.of(labels, groups)
    kept, out = held_out(units, [str(group * 7919 % 1009) for group in groups.tolist()], fraction)
    assert sorted([*kept.tolist(), *out.tolist()]) == list(range(len(images)))
    assert not set(groups[kept].tolist()) & set(groups[out].tolist())
    for label in np.unique(labels):
        here = set(groups[labels == label].tolist())
        if len(here) >= 3:
            assert len(here & set(groups[kept].tolist())) >= 2
            assert here & set(groups[out].tolist())


def test_a_fifth_is_held_out() -> None:
    """Of units of one image exactly, whatever the images' order."""
    labels = np.repeat(np.arange(2), [100, 50])
    keys = [f"{number * 7919 % 10007:05d}" for number in range(150)]
    _, out = held_out(Units.of(labels, None), keys, 0.2)
    assert np.bincount(labels[out]).tolist() == [20, 10]
    order = np.random.default_rng(0).permutation(150)
    _, again = held_out(Units.of(labels[order], None), [keys[place] for place in order], 0.2)
    assert sorted(order[again].tolist()) == out.tolist()


def test_units_are_numbered_by_their_first_image() -> None:
    """So that groups of one leave everything as it is without groups."""
    units = Units.of(np.array([1, 0, 1, 0]), np.array([7, 3, 7, 5]))
    assert units.of_image.tolist() == [0, 1, 0, 2]
    assert units.labels.tolist() == [1, 0, 0]
    assert units.images(np.array([0, 2])).tolist() == [0, 2, 3]
