"""The library's ``check`` and ``check_space``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebench.data_options import DataOptions
from tunebench.home import expand
from tunebench.options import SearchOptions
from tunebench.progress import Progress, SilentProgress
from tunebench.runtime import import_keras

if TYPE_CHECKING:
    from tunebench.checking.space import CheckedSpace
    from tunebench.datasets.checking import Checked
    from tunebench.datasets.dataset import Dataset


def check(
    dataset: "str | Path | Dataset",
    *,
    sheet: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> "Checked":
    """Examine a data set: classes, damaged files, duplicates. Nothing is trained.

    Args:
        dataset: As for :func:`search`.
        sheet: An image file to draw a few training images to, as each strength of augmentation changes them.
        progress: Receives progress events.
        options: The other fields of :class:`tunebench.options.DataOptions`.

    Raises:
        DatasetError: It cannot be used; the message says why.
    """
    if sheet is not None:
        import_keras()
        from tunebench.checking import augmentation_sheet  # noqa: PLC0415 (after Keras has its settings)

        augmentation_sheet.check_path(expand(sheet))
    from tunebench.datasets import checking  # noqa: PLC0415 (imports Pillow and more)
    from tunebench.datasets.opening import open_dataset  # noqa: PLC0415 (the same)

    wanted = DataOptions(dataset=dataset, **options)
    on_images = (progress or SilentProgress()).images
    opened = open_dataset(wanted, on_images=on_images)
    if sheet is not None:
        augmentation_sheet.write_sheet(
            expand(sheet), opened.train, mirror=opened.mirror_safe, views=False, seed=0
        )
    return checking.check(opened, on_images)


def check_space(
    space: str | Path,
    *,
    points: int = 5,
    sheet: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> "CheckedSpace":
    """Build, train, save and load a space's models: at its defaults, its starting points and random points.

    Args:
        space: As for :func:`search`.
        points: Number of random points.
        sheet: An image file to draw a few training images to, as augmentation changes them.
        progress: Receives progress events.
        options: ``seed``, ``backbone`` and the fields of :class:`tunebench.options.DataOptions`, as for
            :func:`search`.

    Returns:
        The figures of each point, and its ``problems``: the points at which a search would fail.

    Raises:
        TunebenchError: The data set cannot be used, or the space not even at its defaults.
    """
    import_keras()
    from tunebench.checking import augmentation_sheet  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.checking import space as checking  # noqa: PLC0415 (the same)
    from tunebench.session import open_session  # noqa: PLC0415 (the same)

    progress = progress or SilentProgress()
    if sheet is not None:
        augmentation_sheet.check_path(expand(sheet))
    with open_session(str(space), SearchOptions(**options, cache=False, progress=progress)) as session:
        if sheet is not None:
            data, views = session.preparation.data, session.space.has_prefix
            augmentation_sheet.write_sheet(
                expand(sheet), data.train, mirror=data.mirror_safe, views=views, seed=session.options.seed
            )
        return checking.check_space(session, points, progress)
