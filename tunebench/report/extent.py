"""How much a page shows: everything of a few models, the essentials of many."""

from dataclasses import dataclass

_IN_FULL_UP_TO = 12
_OF_MANY_IN_FULL = 8
_OF_MANY_ROWS = 24
# All pairs of twelve models.
PAIRS = 66


@dataclass(frozen=True)
class Extent:
    """What a section of the page shows.

    Attributes:
        in_full: How many models, the most accurate first, get pictures and class tables.
        rows: How many rows the tables below the first one get.
        note: What is left out, and where it is; empty where nothing is.
    """

    in_full: int
    rows: int
    note: str


def extent(models_on_page: int, models_in_section: int) -> Extent:
    """Decide what a section shows, so that a page of many runs can still be mailed and opened.

    Args:
        models_on_page: Of all sections.
        models_in_section: Of this one.

    Returns:
        The extent.
    """
    if models_on_page <= _IN_FULL_UP_TO:
        return Extent(models_in_section, models_in_section, "")
    in_full = max(1, round(_OF_MANY_IN_FULL * models_in_section / models_on_page))
    if models_in_section <= in_full:
        return Extent(models_in_section, models_in_section, "")
    best = "the most accurate model" if in_full == 1 else f"the {in_full} most accurate models"
    note = (
        f"With {models_on_page} runs on one page, pictures and classes are shown for {best}; "
        f"name fewer runs to see theirs. The tables of times show {_OF_MANY_ROWS} models at most, that of "
        f"differences {PAIRS} pairs. The CSV and JSON files beside the page hold all figures."
    )
    return Extent(in_full, _OF_MANY_ROWS, note)
