"""What was found when images were read: for ``tunebench check``, the lines before a search, and the page."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tunebench.class_table import ClassTable, class_table
from tunebench.datasets.listing import LeftOut
from tunebench.datasets.looks import MOST_PAIRS
from tunebench.progress import plural

# A sentence names so many files, so many kinds, and so many sizes.
_NAMED = 3
_KINDS = 4
_LISTED = 5
# Of letters and emoji: they are not printable by themselves, and change how their neighbours look.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One image under several labels.

    Attributes:
        files: Its copies.
        labels: Theirs, in the same order.
    """

    files: list[str]
    labels: list[str]


@dataclass(frozen=True, kw_only=True)
class NearPair:
    """Two images that look almost alike.

    Attributes:
        first: An image, by file or by split and number.
        second: Another.
        splits: The splits of both.
    """

    first: str
    second: str
    splits: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What was found when images were read.

    Attributes:
        classes: Images of each class by split: ``train``, ``validation`` and ``test``.
        image_size: ``(height, width)`` of the images as models get them.
        left_out: Files that are not used, and why.
        ignored: What is no image and was not expected to be one, with its number.
        duplicates: Groups of files with the same image, by content or by pixels.
        conflicts: The duplicates that have different labels.
        near_duplicates: Pairs of images that look almost alike, without exact copies and images of one group;
            those across splits first, then the closest first; at most a thousand.
        kept_out_of_validation: Validation images that the training split has, too, as copies or of one group.
        kept_out_of_test: Test images that another split has, likewise.
        remarks: What was done to images, with their number.
        sizes: Sizes of the files' images as ``HEIGHTxWIDTH``, the commonest first.
        modes: Pillow's names of their colours, likewise.
        notes: Other sentences.
    """

    classes: dict[str, dict[str, int]]
    image_size: tuple[int, int]
    left_out: list[LeftOut] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    duplicates: list[list[str]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    near_duplicates: list[NearPair] = field(default_factory=list)
    kept_out_of_validation: list[str] = field(default_factory=list)
    kept_out_of_test: list[str] = field(default_factory=list)
    remarks: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def imbalance(self) -> float:
        """Training images of the largest class divided by those of the smallest; at least 1."""
        counts = [splits.get("train", 0) for splits in self.classes.values()]
        return max(counts) / max(1, min(counts))

    def table(self, most: int | None = None) -> ClassTable | None:
        """Images of each class by split; see :func:`tunebench.class_table.class_table`."""
        splits = dict.fromkeys(split for counts in self.classes.values() for split in counts)
        return class_table(
            list(self.classes),
            {split: [counts.get(split, 0) for counts in self.classes.values()] for split in splits},
            most,
        )

    def sentences(self) -> Iterator[str]:
        """What a user should know before a search, a sentence each."""
        yield from self.notes
        if self.left_out:
            reasons = Counter(each.reason for each in self.left_out)
            named = "; ".join(f"{shown(each.file)} {each.reason}" for each in self.left_out[:_NAMED])
            more = "" if len(self.left_out) <= _NAMED else f" and {len(self.left_out) - _NAMED:,} more"
            kinds = f", for {len(reasons)} reasons" if len(reasons) > 1 and more else ""
            yield f"Left out: {plural(len(self.left_out), 'file')}{kinds} ({named}{more})."
        if self.ignored:
            yield f"Ignored: {_kinds(self.ignored)}."
        for split, kept_out in (("validation", self.kept_out_of_validation), ("test", self.kept_out_of_test)):
            if kept_out:
                yield (
                    f"Kept out of the {split} split: {plural(len(kept_out), 'image')} that another split "
                    f"has, too, as copies or of the same group ({_names(kept_out)})."
                )
        if self.duplicates:
            copies = sum(len(group) - 1 for group in self.duplicates)
            example = " and ".join(map(shown, self.duplicates[0][:2]))
            yield f"Duplicates: {plural(copies, 'image')} more than once, such as {example}."
        for conflict in self.conflicts[:1]:
            yield (
                f"Conflicts: {plural(len(self.conflicts), 'image')} with different labels "
                f"({_names(conflict.files)}: {_names(list(dict.fromkeys(conflict.labels)))})."
            )
        if self.near_duplicates:
            yield _near(self.near_duplicates)
        if self.remarks:
            yield f"Converted: {_kinds(self.remarks)}."
        yield from _several("sizes", self.sizes)
        yield from _several("modes", self.modes)
        if self.imbalance > 1.5:  # noqa: PLR2004 (as on the page)
            counts = {label: splits.get("train", 0) for label, splits in self.classes.items()}
            largest, smallest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
            yield (
                f"Imbalanced: {counts[largest]:,} training images of {shown(largest)}, {counts[smallest]:,} "
                f"of {shown(smallest)}. If every class matters alike, use --objective balanced_accuracy and "
                "--class-weights balanced."
            )


def shown(text: str) -> str:
    """A file's or class's name that can be printed and written as UTF-8."""
    if text.isascii() and text.isprintable():  # nearly all, in a tenth of the time
        return text
    try:
        text = os.fsencode(text).decode(errors="replace")
    except UnicodeEncodeError:  # not the name of a file
        text = text.encode(errors="replace").decode()
    return "".join(
        each if each.isprintable() or each in _JOINERS else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _near(pairs: list[NearPair]) -> str:
    across = [pair for pair in pairs if len(set(pair.splits)) > 1]
    # Those across splits may make a test score too good.
    named = "; ".join(f"{pair.first} and {pair.second}" for pair in (across or pairs)[:_NAMED])
    few = "" if len(pairs) < MOST_PAIRS else "at least "
    number = f"{len(across):,}" if across else "none"
    return (
        f"Near duplicates: {few}{plural(len(pairs), 'pair')} of images that look alike, {number} of them "
        f"across splits ({named})."
    )


def size_text(size: tuple[int, int]) -> str:
    """``(height, width)`` in words; which is which is said if they differ."""
    height, width = size
    return f"{height}×{width}{'' if height == width else ' (height × width)'}"


def _names(files: list[str]) -> str:
    more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
    return ", ".join(map(shown, files[:_NAMED])) + more


def _several(what: str, found: dict[str, int]) -> Iterator[str]:
    if len(found) > 1:
        listed = ", ".join(f"{kind} ({number:,})" for kind, number in list(found.items())[:_LISTED])
        more = f" and {plural(len(found) - _LISTED, 'other')}" if len(found) > _LISTED else ""
        yield f"{len(found):,} {what}: {listed}{more}."


def _kinds(counts: dict[str, int]) -> str:
    commonest = sorted(counts.items(), key=lambda item: -item[1])
    more = sum(number for _, number in commonest[_KINDS:])
    named = [f"{what} ({number:,})" for what, number in commonest[:_KINDS]]
    return "; ".join([*named, f"others ({more:,})"] if more else named)
