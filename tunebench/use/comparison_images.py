"""The images on which an exported model is compared with the Keras model that it was made from."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebench import datasets
from tunebench.errors import DataUnavailableError, TunebenchError
from tunebench.finals.reopen import recorded_options
from tunebench.progress import Progress
from tunebench.records import RunRecord

# Enough to meet every class several times, few enough for MobileNetV2 at 224 pixels within seconds.
_MOST = 256
_MADE = 64


def comparison_images(
    record: RunRecord, image_shape: tuple[int, ...], data_dir: Path | None, progress: Progress
) -> tuple[NDArray[np.uint8], str]:
    """Test images of a run if its data can be opened; otherwise images that are made up.

    Args:
        record: The run's.
        image_shape: ``(height, width, channels)`` that its model takes.
        data_dir: The folder of the data now; ``None``: where the run found it. Nothing is downloaded.
        progress: Receives a note if the data cannot be opened.

    Returns:
        Images, ``uint8`` of shape ``(n, *image_shape)``, and in words which they are.

    Raises:
        TunebenchError: ``data_dir`` was given, and is not the folder of the run's data.
    """
    try:
        images = _test_images(record, data_dir, progress)
    except TunebenchError as error:
        if data_dir is not None:
            raise
        progress.note(f"The run's test images are not used for the comparison: {error}")
        half = _MADE // 2
        made = np.concatenate([_noise(half, image_shape), _natural_looking(half, image_shape)])
        return made, f"made-up images, {half} of noise and {half} natural-looking"
    chosen = np.linspace(0, len(images) - 1, min(_MOST, len(images))).astype(int)
    return np.ascontiguousarray(images[chosen]), f"test images of {record.dataset.name}"


def _test_images(record: RunRecord, data_dir: Path | None, progress: Progress) -> NDArray[np.uint8]:
    options = recorded_options(record, data_dir, progress)
    name = record.dataset.name
    if options.dataset == name and name in datasets.names():
        where = None if options.data_dir is None else Path(options.data_dir)
        (entry,) = (each for each in datasets.catalogue(where) if each.name == name)
        if not entry.available:
            raise DataUnavailableError(f"{name} is not on this machine; --data-dir names its folder.")
    found = datasets.open_dataset(options, seed=options.seed, on_images=progress.images)
    if found.sha256 != record.dataset.sha256:
        raise DataUnavailableError(
            f"the {name} data are not those that it was trained on; --data-dir names their folder."
        )
    return found.test.images


def _noise(count: int, image_shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, *image_shape), dtype=np.uint8)


def _natural_looking(count: int, image_shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Random images whose amplitudes fall with the frequency, as those of photographs do.

    Field, "Relations between the statistics of natural images and the response properties of cortical cells",
    Journal of the Optical Society of America A 4 (1987): the amplitude is about 1 / frequency.
    """
    height, width, channels = image_shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    frequency[0, 0] = np.inf
    noise = np.random.default_rng(1).standard_normal((count, channels, height, width))
    # Most of a photograph's contrast is the same in all colours.
    noise = 0.3 * noise + noise[:, :1]
    images = np.fft.ifft2(np.fft.fft2(noise) / frequency).real
    spread = images.std(axis=(1, 2, 3), keepdims=True)
    scaled = 128 + 60 * images / np.where(spread > 0, spread, 1)
    return np.moveaxis(np.clip(scaled, 0, 255), 1, -1).astype(np.uint8)
