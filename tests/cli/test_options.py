"""What the options' texts mean."""

import click
import pytest

from tunebench.cli.options import Assignment, DurationType


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2h", 7200), ("45", 45), ("1m2.5s", 62.5), (" 5M ", 300)],
)
def test_a_time(text: str, seconds: float) -> None:
    """A search of thirty seconds instead of minutes finds nothing."""
    assert DurationType().convert(text, None, None) == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "0m", "-5m", "1h30", "m", "5 apples", "1e3", "nan", "inf", "30m1h", "٣m"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """1h30 would be an hour and thirty seconds."""
    with pytest.raises(click.BadParameter, match="Write it as 90s, 30m or 1h30m"):
        DurationType().convert(text, None, None)


def test_an_assignment() -> None:
    """A value may hold an equals sign; a name may not be missing."""
    assert Assignment().convert("a=b=c", None, None) == ("a", "b=c")
    for text in ("a", "=b"):
        with pytest.raises(click.BadParameter, match="not of the form name=value"):
            Assignment().convert(text, None, None)
