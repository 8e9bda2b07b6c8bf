"""Turn decoded images into a data set: classes, copies, splits, and what there is to say about them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tunebench.datasets.dataset import Dataset
from tunebench.datasets.duplicates import find_copies, find_near
from tunebench.datasets.file_facts import FileFacts
from tunebench.datasets.listing import ImageFile, LeftOut, Listing
from tunebench.datasets.split import Split, digest
from tunebench.datasets.summary import Summary, shown
from tunebench.errors import DatasetError, NotEnoughImagesError
from tunebench.progress import plural
from tunebench.units import Units, held_out, together

TEST_FRACTION = 0.2
# One image to train on, one to validate on, one to test on.
_FEWEST = 3
_NAMED = 5

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Assembly:
    """Usable images on their way to a data set.

    Attributes:
        title: Where they come from, for messages.
        name: The data set's name.
        files: The images; an image of an array has a description for a path.
        facts: What is known of each.
        split: Gives the images at some places; it also gets the labels and the groups of all images.
        image_size: ``(height, width)``.
        mirror: Whether a mirrored image keeps its class.
        classes: Their names in the order of the labels; ``None``: those of the training images, sorted.
        listing: What was left out and ignored.
        notes: Sentences about how the images were read.
        source: Their absolute path, if they have one.
    """

    title: str
    name: str
    files: Sequence[ImageFile]
    facts: Sequence[FileFacts]
    split: Callable[[NDArray[np.int64], Places, NDArray[np.int64] | None], Split]
    image_size: tuple[int, int]
    mirror: bool
    classes: Sequence[str] | None = None
    listing: Listing | None = None
    notes: Sequence[str] = ()
    source: str | None = None

    def dataset(self) -> Dataset:
        """Find classes and copies, and split.

        Raises:
            DatasetError: There are too few classes, or images of a class, or the splits do not fit each
                other.
        """
        names = self._class_names()
        labels = np.array([names.get(file.label, -1) for file in self.files], np.int64)
        groups = together(
            len(self.files),
            [fact.content for fact in self.facts],
            [fact.pixels for fact in self.facts],
            [file.group for file in self.files],
        )
        self._check_known(labels)
        places = self._by_split()
        if "test" not in places:
            places = self._hold_out_test(places, labels, groups, names)
        elif "validation" not in places:
            self._check_training(labels[places["train"]], names)
        removed: dict[str, Places] = {
            name: self._keep_apart(places, groups, name) for name in ("validation", "test") if name in places
        }
        # Groups of one need no number.
        kept = groups if len(np.unique(groups)) < len(groups) else None
        found = Dataset(
            name=self.name,
            train=self.split(labels, places["train"], kept),
            test=self.split(labels, places["test"], kept),
            class_names=tuple(_distinct(names)),
            mirror_safe=self.mirror,
            validation=self.split(labels, places["validation"], kept) if "validation" in places else None,
            source=self.source,
            identity=self._identity(names, labels, places),
        )
        return replace(found, summary=self._summary(found.counts(), places, removed))

    def _identity(self, names: Iterable[str], labels: NDArray[np.int64], places: dict[str, Places]) -> str:
        """A hash of the files, labels and splits, whatever size the images have now."""
        lines = [repr(list(names))]
        for split, chosen in places.items():
            lines += [f"{split} {self.facts[place].content} {labels[place]}" for place in chosen]
        return digest("\n".join(lines).encode())

    def _class_names(self) -> dict[str, int]:
        names = self.classes
        if names is None:
            names = sorted({file.label for file in self.files if file.split in {None, "train"}})
        if len(names) < 2:  # noqa: PLR2004 (a choice needs two)
            raise DatasetError(
                f"{self.title} has one class, {shown(names[0])}. Expected two or more, each with its own "
                "images."
            )
        return {name: label for label, name in enumerate(names)}

    def _check_known(self, labels: NDArray[np.int64]) -> None:
        unknown = np.flatnonzero(labels < 0)
        if len(unknown):
            file = self.files[unknown[0]]
            raise DatasetError(
                f"{self.title} has the class {shown(file.label)} in its {file.split} split, but not in its "
                f"training split ({plural(len(unknown), 'image')}, such as {shown(file.path)}). Expected "
                "training images of every class."
            )

    def _by_split(self) -> dict[str, Places]:
        names = [file.split or "train" for file in self.files]
        found = {name: np.flatnonzero(np.array(names) == name) for name in ("train", "validation", "test")}
        return {name: places for name, places in found.items() if len(places)}

    def _hold_out_test(
        self, places: dict[str, Places], labels: NDArray[np.int64], groups: Places, names: dict[str, int]
    ) -> dict[str, Places]:
        train = places["train"]
        units = Units.of(labels[train], groups[train])
        self._check_units(
            labels[train], units, names, _FEWEST, "one to train, one to validate and one to test on"
        )
        kept, out = held_out(units, [self.facts[place].content for place in train], TEST_FRACTION)
        return {**places, "train": train[kept], "test": train[out]}

    def _check_training(self, labels: NDArray[np.int64], names: dict[str, int]) -> None:
        units = Units.of(labels, None)
        self._check_units(labels, units, names, _FEWEST - 1, "one to train and one to validate on")

    def _check_units(
        self, labels: NDArray[np.int64], units: Units, names: dict[str, int], fewest: int, purpose: str
    ) -> None:
        counts = [len(np.unique(units.of_image[labels == label])) for label in names.values()]
        few = [f"{shown(name)}: {count}" for name, count in zip(names, counts, strict=True) if count < fewest]
        if few:
            raise NotEnoughImagesError(
                f"{self.title} has too few different images of {len(few)} of {len(names)} classes "
                f"({', '.join(few[:_NAMED])}). Expected at least {fewest} of each, {purpose}; copies and "
                "groups count once."
            )

    def _keep_apart(self, places: dict[str, Places], groups: Places, name: str) -> Places:
        """Take images out of a split that are in an earlier one, as copies or of the same group."""
        earlier = ("train",) if name == "validation" else ("train", "validation")
        others = np.concatenate([groups[places[each]] for each in earlier if each in places])
        shared = np.isin(groups[places[name]], others)
        removed, places[name] = places[name][shared], places[name][~shared]
        if not len(places[name]):
            raise DatasetError(
                f"All {len(removed):,} {name} images of {self.title} are also in its other splits. Expected "
                f"{name} images that no model trains on."
            )
        return removed

    def _summary(
        self, classes: dict[str, dict[str, int]], places: dict[str, Places], removed: dict[str, Places]
    ) -> Summary:
        files, facts, listing = self.files, self.facts, self.listing
        paths = [file.path for file in files]
        copies = find_copies(paths, [file.label for file in files], facts)
        split_of = {place: split for split, chosen in places.items() for place in chosen.tolist()}
        return Summary(
            classes=classes,
            image_size=self.image_size,
            left_out=[]
            if listing is None
            else [LeftOut(shown(each.file), each.reason) for each in listing.left_out],
            ignored={} if listing is None else dict(listing.ignored),
            duplicates=copies.duplicates,
            conflicts=copies.conflicts,
            near_duplicates=find_near(
                files, [split_of.get(place) for place in range(len(files))], facts, copies
            ),
            kept_out_of_validation=[shown(files[place].path) for place in removed.get("validation", [])],
            kept_out_of_test=[shown(files[place].path) for place in removed["test"]],
            remarks=_commonest(remark for fact in facts for remark in fact.remarks),
            sizes=_commonest(f"{fact.height}x{fact.width}" for fact in facts if fact.width),
            modes=_commonest(fact.mode for fact in facts if fact.mode),
            notes=[*self.notes, *self._on_splits(classes)],
        )

    def _on_splits(self, classes: dict[str, dict[str, int]]) -> Iterator[str]:
        if all(file.split != "test" for file in self.files):
            share = sum(each["test"] for each in classes.values()) / sum(
                sum(each.values()) for each in classes.values()
            )
            yield f"Test images: {share:.0%} of all, held out class by class, chosen by their content."
        groups = {file.group for file in self.files} - {None}
        if groups:
            yield f"Groups: {len(groups):,}, each in one split."
        missing = [name for name, counts in classes.items() if not counts["test"]]
        if missing:
            yield f"Classes without test images: {', '.join(missing[:_NAMED])}."


def _distinct(names: Iterable[str]) -> list[str]:
    """Names that can be printed; those that coincide then are numbered."""
    found: dict[str, None] = {}
    for name in map(shown, names):
        number, distinct = 1, name
        while distinct in found:
            number += 1
            distinct = f"{name} ({number})"
        found[distinct] = None
    return list(found)


def _commonest(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())
