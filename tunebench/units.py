"""Images that have to stay on one side of every split: copies of one image, pictures of one subject."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Units:
    """The units of some images, each of which is split as a whole.

    Attributes:
        labels: A label for each unit: that of its first image. ``int64`` of shape ``(units,)``.
        of_image: The unit of each image, ``int64`` of shape ``(images,)``.
    """

    labels: NDArray[np.int64]
    of_image: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[np.int64], groups: NDArray[np.int64] | None) -> "Units":
        """The units of images.

        Args:
            labels: Of each image.
            groups: A number for each image, the same for those that stay together; ``None``: each image is a
                unit.
        """
        if groups is None:
            return cls(labels, np.arange(len(labels)))
        _, first, of_image = np.unique(groups, return_index=True, return_inverse=True)
        # In the order of their first images, so that groups of one image change nothing.
        order = np.argsort(first)
        return cls(labels[first[order]], np.argsort(order)[of_image])

    def __len__(self) -> int:
        return len(self.labels)

    def images(self, units: NDArray[np.int64]) -> NDArray[np.int64]:
        """The images of some units, in their original order."""
        chosen = np.zeros(len(self), np.bool_)
        chosen[units] = True
        return np.flatnonzero(chosen[self.of_image])


def together(number: int, *keys: Sequence[Hashable | None]) -> NDArray[np.int64]:
    """Number images so that those which share any key, directly or through others, get the same number.

    Args:
        number: Of images.
        keys: For each reason to stay together, a key for each image; images without one have ``None``.

    Returns:
        The number of the first image of each image's group, ``int64`` of shape ``(number,)``.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 (only for users' own images)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (the same)

    # Each image is linked to the first one of the same key.
    first_of_key = []
    for each in keys:
        seen: dict[Hashable, int] = {}
        first_of_key.append(
            [place if key is None else seen.setdefault(key, place) for place, key in enumerate(each)]
        )
    ends = np.array(first_of_key, np.int64).reshape(-1)
    starts = np.tile(np.arange(number), len(keys))
    links = coo_array((np.ones(len(ends), np.int8), (starts, ends)), shape=(number, number))
    _, component = connected_components(links, directed=False)
    _, first, of_image = np.unique(component, return_index=True, return_inverse=True)
    return np.asarray(first[of_image], np.int64)


def held_out(
    units: Units, keys: Iterable[str], fraction: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold out a fraction of each class, chosen by the images' content.

    Of each class those units are held out whose keys are smallest, so that an image which is added moves at
    most one other unit of its class, instead of shuffling all (bottom-k sampling). At least one unit of each
    class is held out, and at least two stay; a class needs three.

    Args:
        units: The units.
        keys: A hash of each image.
        fraction: Of each class's images, between 0 and 1.

    Returns:
        The images that stay and those that are held out, each in their original order.
    """
    smallest: list[str] = [""] * len(units)
    for unit, key in zip(units.of_image.tolist(), keys, strict=True):
        smallest[unit] = min(smallest[unit] or key, key)
    sizes = np.bincount(units.of_image, minlength=len(units))
    chosen: list[int] = []
    for label in np.unique(units.labels):
        members = sorted(np.flatnonzero(units.labels == label).tolist(), key=smallest.__getitem__)
        wanted, taken = fraction * sizes[members].sum(), 0
        of_class: list[int] = []
        for unit in members:
            # As near to the fraction as whole units come: a unit that is too large stays.
            if taken + sizes[unit] / 2 <= wanted and len(of_class) < len(members) - 2:
                of_class.append(unit)
                taken += sizes[unit]
        chosen += of_class or [min(members, key=lambda unit: (sizes[unit], smallest[unit]))]
    out = np.zeros(len(units), np.bool_)
    out[chosen] = True
    return np.flatnonzero(~out[units.of_image]), np.flatnonzero(out[units.of_image])
