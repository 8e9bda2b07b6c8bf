"""Seeds."""

from hypothesis import given
from hypothesis import strategies as st

from tunebench.seeds import derive


@given(st.integers(min_value=0), st.lists(st.integers() | st.text(max_size=8), max_size=4))
def test_a_derived_seed_is_a_seed_keras_and_keras_tuner_take(seed: int, uses: list[int | str]) -> None:
    """0 would make Keras Tuner draw a seed of its own, and NumPy refuses seeds from 2**32 on."""
    assert 1 <= derive(seed, *uses) < 2**31


def test_each_use_gets_its_own_seed() -> None:
    """Two uses with one seed would draw the same numbers, such as order and initialisation."""
    found = {
        derive(seed, use, number) for seed in range(4) for use in ("trial", "final") for number in range(50)
    }
    assert len(found) == 4 * 2 * 50


def test_the_same_use_gets_the_same_seed_in_every_process() -> None:
    """A seed from hash() would change with each start of Python."""
    assert derive(0, "trial", "0000") == 1282592490
