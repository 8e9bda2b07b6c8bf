"""Images with labels, checked and read-only."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.data_options import Resize
from tunebench.errors import DamagedDataError, DatasetError, NotEnoughImagesError
from tunebench.progress import plural


class Split:
    """Images and their labels.

    Rows of a large array are copied into memory only when ``images`` is used, so that a split of a split
    costs nothing.

    Args:
        images: ``uint8`` of shape ``(n, height, width, 3)``, from 0 to 255.
        labels: ``int64`` of shape ``(n,)``, from 0 to the number of classes − 1; with ``rows`` one for each
            row.
        rows: The rows of ``images`` that belong to the split, in order; ``None``: all.
        files: The name of each row's file; ``None`` if there are no files.
        groups: A number for each image, ``int64``; those with the same number, such as copies of one image,
            stay on one side when the split is divided. ``None``: each image is a group of one.

    Attributes:
        labels: See above; read-only.
        groups: See above.

    Raises:
        DamagedDataError: An array has another dtype or shape.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        rows: NDArray[np.int64] | None = None,
        files: Sequence[str] | None = None,
        groups: NDArray[np.int64] | None = None,
    ) -> None:
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:  # noqa: PLR2004 (n, h, w, RGB)
            raise DamagedDataError(
                "Images must be uint8 of shape (n, height, width, 3), "
                f"but are {images.dtype} of shape {images.shape}."
            )
        expected = images.shape[:1] if rows is None else rows.shape
        if labels.dtype != np.int64 or labels.shape != expected:
            raise DamagedDataError(
                f"Labels must be int64 of shape {expected}, but are {labels.dtype} of shape {labels.shape}."
            )
        self._source, self._rows, self._files = _read_only(images), rows, files
        self.labels, self.groups = _read_only(labels), groups

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """The images in memory: ``uint8`` of shape ``(n, height, width, 3)``, read-only."""
        return self._source if self._rows is None else _read_only(self._source[self._rows])

    def release(self) -> None:
        """Free the memory that ``images`` took; they are copied again when they are used."""
        self.__dict__.pop("images", None)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(height, width, 3)``."""
        height, width, channels = self._source.shape[1:]
        return height, width, channels

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: NDArray[np.int64]) -> "Split":
        """The images at these places, in this order."""
        rows = places if self._rows is None else self._rows[places]
        groups = None if self.groups is None else self.groups[places]
        return Split(self._source, self.labels[places], rows, self._files, groups)

    def name(self, place: int) -> str | None:
        """The name of an image's file; ``None`` if there are no files."""
        row = place if self._rows is None else int(self._rows[place])
        return None if self._files is None else self._files[row]

    def resized(self, size: tuple[int, int], resize: Resize) -> "Split":
        """The images in another size; see :meth:`Dataset.resized`."""
        from tunebench.datasets.resizing import resized  # noqa: PLC0415 (imports Pillow)

        files = None if self._files is None else [self.name(place) or "" for place in range(len(self))]
        return Split(resized(self.images, size, resize), self.labels, None, files, self.groups)

    def parts(self, size: int = 4096) -> Iterator[NDArray[np.uint8]]:
        """The images in consecutive parts of at most ``size``, one of them in memory at a time."""
        for start in range(0, len(self), size):
            chosen = slice(start, start + size)
            yield self._source[chosen if self._rows is None else self._rows[chosen]]

    def sampled(self, size: int, seed: int, *, split_name: str) -> NDArray[np.int64]:
        """The places of random images in the classes' proportions, in their order.

        Raises:
            NotEnoughImagesError: There are fewer images.
            DatasetError: ``size`` is not positive, or too small for the number of classes.
        """
        self.check_size(size, split_name=split_name)
        order = np.random.default_rng(seed).permutation(len(self))
        counts = np.bincount(self.labels)
        # The share of its class that comes before each image: the smallest ones are taken from all classes
        # alike.
        share = np.empty(len(self))
        for label in np.flatnonzero(counts):
            members = order[self.labels[order] == label]
            share[members] = (np.arange(len(members)) + 0.5) / len(members)
        chosen = np.sort(order[np.argsort(share[order], kind="stable")][:size])
        missing = np.count_nonzero(counts) - len(np.unique(self.labels[chosen]))
        if missing:
            raise DatasetError(
                f"{plural(size, f'{split_name} image')} would be too few: {missing} of "
                f"{np.count_nonzero(counts)} classes would have none. Use a larger --{split_name}-size."
            )
        return chosen

    def first(self, size: int, *, split_name: str) -> "Split":
        """The first ``size`` images.

        Raises:
            NotEnoughImagesError: There are fewer images.
            DatasetError: ``size`` is not positive.
        """
        self.check_size(size, split_name=split_name)
        return self.take(np.arange(size))

    def check_size(self, size: int, *, split_name: str) -> None:
        """Raise the errors of :meth:`first`."""
        if size < 1:
            raise DatasetError(
                f"{size} {split_name} images were requested. "
                f"Use --{split_name}-size with a number from 1 to {len(self)}."
            )
        if size > len(self):
            raise NotEnoughImagesError(
                f"{size:,} {split_name} images were requested, but there are {len(self):,}. "
                f"Use --{split_name}-size {len(self)} or --{split_name}-size all."
            )


def digest(content: "bytes | memoryview") -> str:
    """A hash of 128 bits, as hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view; the caller's own array stays writeable."""
    view = array.view()
    view.flags.writeable = False
    return view


def content_sha256(class_names: tuple[str, ...], *splits: Split) -> str:
    """SHA-256 over class names, shapes, pixels and labels, as hexadecimal digits."""
    digest = hashlib.sha256()
    digest.update(repr(class_names).encode())
    for split in splits:
        digest.update(repr((len(split), *split.image_shape)).encode())
        for part in split.parts():
            digest.update(np.ascontiguousarray(part).data)
        digest.update(np.ascontiguousarray(split.labels.astype("<i8")).data)
    return digest.hexdigest()
