"""The library's ``check`` and ``check_space``."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from tunebench.data_options import DataOptions
from tunebench.home import expand
from tunebench.keywords import takes
from tunebench.options import CheckOptions, CheckSpaceOptions, SearchOptions
from tunebench.progress import shown
from tunebench.runtime import import_keras

if TYPE_CHECKING:
    from tunebench.checking.space import CheckedSpace
    from tunebench.datasets.checking import Checked
    from tunebench.datasets.dataset import Dataset


@takes(CheckOptions)
def check(dataset: "str | Path | Dataset", options: CheckOptions) -> "Checked":
    """Examine a data set: classes, damaged files, duplicates. Nothing is trained.

    Args:
        dataset: A name from ``tunebench datasets``, a path, or a :class:`tunebench.Dataset`.
        options: Keyword arguments, listed below.

    Returns:
        What was found.

    Raises:
        DatasetError: It cannot be used; the message says why.
    """
    if options.sheet is not None:
        import_keras()
        from tunebench.checking import augmentation_sheet  # noqa: PLC0415 (after Keras has its settings)

        augmentation_sheet.check_path(expand(options.sheet))
    from tunebench.datasets import checking  # noqa: PLC0415 (imports Pillow and more)
    from tunebench.datasets.opening import open_dataset  # noqa: PLC0415 (the same)

    on_images = shown(options.progress).images
    opened = open_dataset(dataclasses.replace(options, dataset=dataset), on_images=on_images)
    if options.sheet is not None:
        augmentation_sheet.write_sheet(
            expand(options.sheet), opened.train, mirror=opened.mirror_safe, views=False, seed=0
        )
    return checking.check(opened, on_images)


@takes(CheckSpaceOptions)
def check_space(space: str | Path, options: CheckSpaceOptions) -> "CheckedSpace":
    """Build, train, save and load a space's models: at its defaults, its starting points and random points.

    Args:
        space: A name from ``tunebench spaces``, or the path of a Python file.
        options: Keyword arguments, listed below.

    Returns:
        The figures of each point, and its ``problems``: the points at which a search would fail.

    Raises:
        TunebenchError: The data set cannot be used, or the space not even at its defaults.
    """
    import_keras()
    from tunebench.checking import augmentation_sheet  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.checking import space as checking  # noqa: PLC0415 (the same)
    from tunebench.session import open_session  # noqa: PLC0415 (the same)

    if options.sheet is not None:
        augmentation_sheet.check_path(expand(options.sheet))
    data = {field.name: getattr(options, field.name) for field in dataclasses.fields(DataOptions)}
    wanted = SearchOptions(**data, seed=options.seed, backbone=options.backbone, cache=False)
    with open_session(str(space), wanted) as session:
        if options.sheet is not None:
            images, views = session.preparation.data, session.space.has_prefix
            augmentation_sheet.write_sheet(
                expand(options.sheet), images.train, mirror=images.mirror_safe, views=views, seed=options.seed
            )
        return checking.check_space(session, options.points, shown(options.progress))
