"""Which precision is taken for what was measured."""

import pytest

from tunebench.precision.choice import Candidate, Choice, Measured, decide, in_words

FLOAT32 = Measured("float32", 0.1, 2.3, 2.0)


def bfloat16(step_seconds: float, loss_after: float | None) -> Measured:
    """A candidate; float32 takes 0.1 s a step, and the loss from 2.3 to 2.0."""
    return Measured("mixed_bfloat16", step_seconds, 2.3, loss_after)


@pytest.mark.parametrize(
    ("candidate", "precision"),
    [
        (bfloat16(0.05, 2.0), "mixed_bfloat16"),
        (bfloat16(0.09, 2.0), "mixed_bfloat16"),
        (bfloat16(0.092, 2.0), "float32"),
        (bfloat16(0.05, 2.09), "mixed_bfloat16"),
        (bfloat16(0.05, 2.11), "float32"),
        (bfloat16(0.05, float("nan")), "float32"),
        (bfloat16(0.05, float("inf")), "float32"),
        (bfloat16(0.2, None), "float32"),
    ],
)
def test_only_what_is_a_tenth_faster_and_as_accurate_is_taken(candidate: Measured, precision: str) -> None:
    """A model that does not learn would win by its speed, or the noise of the timing would choose."""
    assert decide(FLOAT32, [candidate]).precision == precision


def test_the_fastest_of_several_is_taken() -> None:
    """The first that passes may be the slower one."""
    float16 = Measured("mixed_float16", 0.04, 2.3, 2.0)
    assert decide(FLOAT32, [bfloat16(0.05, 2.0), float16]).precision == "mixed_float16"
    assert decide(FLOAT32, [float16, bfloat16(0.05, 2.0)]).precision == "mixed_float16"


@pytest.mark.parametrize("loss_after", [2.3, 2.4, float("nan")])
def test_where_float32_learns_nothing_it_stays(loss_after: float) -> None:
    """Any loss would be as good as that of a model that did not learn."""
    float32 = Measured("float32", 0.1, 2.3, loss_after)
    assert decide(float32, [bfloat16(0.01, 2.2)]).precision == "float32"


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (
            decide(FLOAT32, [bfloat16(0.0625, 2.0)]),
            "mixed_bfloat16, 1.6 × as fast as float32 per step",
        ),
        (
            decide(FLOAT32, [bfloat16(0.2, None)]),
            "float32, mixed_bfloat16 is 0.50 × as fast per step",
        ),
        (
            decide(FLOAT32, [bfloat16(0.05, 2.2)]),
            "float32, mixed_bfloat16 is 2.00 × as fast per step but not as accurate",
        ),
        (Choice(precision="float32", candidates=[]), "float32, the model cannot be trained in another"),
    ],
)
def test_the_reason_in_words(choice: Choice, words: str) -> None:
    """A user could not tell a slow precision from an inaccurate one."""
    assert in_words(choice) == words


def test_a_candidate_says_whether_its_accuracy_was_looked_at() -> None:
    """One that was too slow is not known to be inaccurate."""
    assert decide(FLOAT32, [bfloat16(0.2, None)]).candidates == [
        Candidate(policy="mixed_bfloat16", speed_up=0.5, accurate=None)
    ]
