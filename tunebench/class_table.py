"""How many images each class has, by split: the table of `check`, of a search and of the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tunebench.plain_text import clean

# Before a search and on the page.
FEW = 12


@dataclass(frozen=True, kw_only=True)
class ClassTable:
    """Images of each class by split.

    Attributes:
        splits: Such as ``train`` and ``test``.
        rows: Classes with their images in each split.
        omitted: Classes that are left out, between the first and the second half of the rows; 0: none.
        totals: Images of all classes in each split.
    """

    splits: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    omitted: int
    totals: tuple[int, ...]

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.rows) + self.omitted

    def lines(self) -> Iterator[str]:
        """The table for a terminal."""
        names = [clean(name) for name, _ in self.rows]
        width = max(len("class"), *map(len, names))
        yield f"{'class':{width}}" + "".join(f"{split:>12}" for split in self.splits)
        for number, (name, (_, counts)) in enumerate(zip(names, self.rows, strict=True)):
            if self.omitted and number == len(self.rows) // 2:
                yield f"… {self.omitted:,} more in between"
            yield f"{name:{width}}" + "".join(f"{count:12,}" for count in counts)
        yield f"{'all':{width}}" + "".join(f"{total:12,}" for total in self.totals)

    def sentence(self) -> str | None:
        """The same in a sentence if all classes have as many images; otherwise ``None``."""
        if self.omitted or len({counts for _, counts in self.rows}) > 1:
            return None
        each = " and ".join(
            f"{count:,} {split}" for split, count in zip(self.splits, self.rows[0][1], strict=True)
        )
        return f"{len(self.rows):,} classes of {each} images each."


def class_table(
    names: Sequence[str], counts: Mapping[str, Sequence[int]], most: int | None = None
) -> ClassTable | None:
    """Count the images of each class.

    Args:
        names: Of the classes.
        counts: Images of each class, in the order of the names, by split.
        most: Rows at most: of more classes, those with the most and with the fewest images of the first
            split are shown, the largest first. ``None``: all of them.

    Returns:
        The table; ``None`` if there are no counts, or not as many as names.
    """
    if not counts or any(len(each) != len(names) for each in counts.values()):
        return None
    rows = list(zip(names, zip(*counts.values(), strict=True), strict=True))
    omitted = 0
    if most is not None and len(rows) > most:
        rows.sort(key=lambda row: -row[1][0])
        omitted = len(rows) - most
        rows = rows[: most // 2] + rows[len(rows) - most + most // 2 :]
    return ClassTable(
        splits=tuple(counts),
        rows=tuple(rows),
        omitted=omitted,
        totals=tuple(sum(each) for each in counts.values()),
    )
