"""Seeds derived from the master seed."""

from hypothesis import given
from hypothesis import strategies as st

from tunebench.seeds import derive


@given(st.integers(min_value=0), st.lists(st.integers() | st.text(max_size=8), max_size=4))
def test_every_library_accepts_a_derived_seed(seed: int, uses: list[int | str]) -> None:
    """It is not 0, which Keras Tuner replaces by a random one, and below 2**31, as NumPy requires."""
    assert 1 <= derive(seed, *uses) < 2**31


def test_each_use_gets_its_own_seed() -> None:
    """Seeds differ between master seeds, uses and numbers."""
    found = {
        derive(seed, use, number) for seed in range(4) for use in ("trial", "final") for number in range(50)
    }
    assert len(found) == 4 * 2 * 50


def test_a_use_gets_the_same_seed_in_every_process() -> None:
    """It does not depend on Python's hash(), which changes with each start."""
    assert derive(0, "trial", "0000") == 1282592490
