"""Figures as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench.comparison import Interval
from tunebench.report import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (3e-10, "0.3 ns"),
        (2.15e-5, "21.5 µs"),
        (0.2794, "279 ms"),
        (0.99951, "1.0 s"),
        (9.34, "9.3 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (111.6, "1 min 52 s"),
        (119.6, "2 min"),
        (725, "12 min 5 s"),
        (3599.7, "1 h"),
        (7830, "2 h 10 min"),
    ],
)
def test_seconds(value: float, text: str) -> None:
    """Durations have two or three digits and change unit where rounding reaches it."""
    assert formats.seconds(value).replace(formats.THIN, " ") == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (53.6, 56.2, "54 to 56 s"),
        (8.9, 9.6, "8.9 to 9.6 s"),
        (9, 130, "9.0 s to 2 min 10 s"),
        (5, 5, "5.0 s"),
        (60, 120, "1 to 2 min"),
        (60, 112, "1 min to 1 min 52 s"),
    ],
)
def test_a_range_names_its_unit_once(low: float, high: float, text: str) -> None:
    """A range gives its unit once, or both units if they differ."""
    assert formats.seconds_range(low, high).replace(formats.THIN, " ") == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0, "p < .001"),
        (0.00099, "p < .001"),
        (0.0314, "p = .031"),
        (0.314, "p = .31"),
        (0.0996, "p = .100"),
        (0.0496, "p = .0496"),
        (0.0501, "p = .050"),
        (0.99, "p = .99"),
        (0.991, "p > .99"),
        (1, "p > .99"),
    ],
)
def test_p_values(p: float, text: str) -> None:
    """Small p-values are bounded, and those near .05 keep enough digits."""
    assert formats.p_value(p).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(999, "999"), (999.6, "1 k"), (61_706, "61.7 k"), (2_585_674, "2.59 M"), (3e9, "3 G")],
)
def test_short_counts(number: float, text: str) -> None:
    """Large numbers have three digits and a prefix."""
    assert formats.short_count(number).replace(formats.THIN, " ") == text


def test_differences_use_a_real_minus() -> None:
    """Negative differences have a minus sign instead of a hyphen."""
    assert formats.signed_interval(Interval(-0.004, 0.029)) == "−0.4 to 2.9"
    assert formats.points(0.01) == "1.0 point"


@pytest.mark.parametrize(
    ("proportion", "digits", "text"),
    [(1, 1, "100.0 %"), (0.9996, 1, "99.96 %"), (0.9949, 1, "99.5 %"), (0.999, 0, "99.9 %"), (0, 1, "0.0 %")],
)
def test_percentages_below_one_hundred_never_read_as_one_hundred(
    proportion: float, digits: int, text: str
) -> None:
    """Digits are added where rounding would give 100."""
    assert formats.percent(proportion, digits).replace(formats.THIN, " ") == text


def test_ends_of_an_interval_are_not_rounded_to_zero() -> None:
    """Digits are added until an end other than zero differs from zero."""
    assert formats.signed_interval(Interval(0.0003, 0.0121)) == "0.03 to 1.21"
    assert formats.signed_interval(Interval(-0.0121, -0.00001)) == "−1.210 to −0.001"
    assert formats.signed_interval(Interval(0, 0.012)) == "0.0 to 1.2"


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0, "0.0 points"), (0.0004, "less than 0.1 points"), (-0.01, "−1.0 point"), (0.123, "12.3 points")],
)
def test_points(difference: float, text: str) -> None:
    """Small differences are bounded, and the singular is used for 1.0."""
    assert formats.points(difference) == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 trial"), (0, "0 trials"), (1200, "1,200 trials")])
def test_counted(number: int, text: str) -> None:
    """The noun agrees with the number."""
    assert formats.counted(number, "trial") == text


def test_hyperparameter_values() -> None:
    """Booleans are words, and floats have four digits."""
    assert [formats.value(item) for item in (True, 64, 0.000310456, "adam")] == [
        "yes",
        "64",
        "0.0003105",
        "adam",
    ]


def test_moments() -> None:
    """ISO times are formatted; other text is cleaned."""
    assert formats.moment("2026-11-24T09:00:00+01:00") == "24 Nov 2026, 09:00"
    assert formats.day("2026-11-04T09:00:00+01:00") == "4 Nov 2026"
    assert formats.moment("yesterday\n") == "yesterday�"


@given(st.text(max_size=60), st.integers(2, 40))
def test_shortened_text_fits(text: str, limit: int) -> None:
    """Shortened text has at most the given length and shows an ellipsis."""
    short = formats.shorten(text, limit)
    assert len(short) <= limit
    assert short == text or "…" in short


def test_lists_and_numbers_in_words() -> None:
    """Lists have an "and", and numbers below ten are words."""
    assert formats.listed(["a"]) == "a"
    assert formats.listed(["a", "b", "c"]) == "a, b and c"
    assert [formats.number_word(number) for number in (3, 10)] == ["three", "10"]
