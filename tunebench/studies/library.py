"""The library's ``study``."""

import dataclasses
from typing import TYPE_CHECKING

from tunebench import api
from tunebench.errors import TunebenchError
from tunebench.home import expand
from tunebench.keywords import takes
from tunebench.runs import run_folder
from tunebench.runtime import import_keras
from tunebench.study_options import StudyOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tunebench.datasets.dataset import Dataset
    from tunebench.report import Report


@takes(StudyOptions)
def study(dataset: "str | Path | Dataset", options: StudyOptions) -> "Report":
    """Ask what a search, augmentation, early stopping, more images and efficiency each bring on a data set.

    Ordinary runs are planned and made, and their answers written as a page. If the study was interrupted, the
    same call continues it; if it is finished, the page is written again.

    Args:
        dataset: A name from ``tunebench datasets``, a path, or a :class:`tunebench.Dataset`.
        options: Keyword arguments, listed below.

    Returns:
        The report.

    Raises:
        TunebenchError: Something that the user can fix. If only some of the runs failed, the page has the
            others.
    """
    from tunebench import report  # noqa: PLC0415 (imports matplotlib)

    if options.out is not None:
        report.prepare(expand(options.out))
    import_keras()
    from tunebench.studies.conduct import conduct  # noqa: PLC0415 (after Keras has its settings)

    conducted = conduct(dataclasses.replace(options, dataset=dataset))
    # Why was said when it happened.
    names = ", ".join(conducted.failed)
    if names and not any(conducted.folder.glob(f"*/{run_folder.RECORD}")):
        raise TunebenchError(f"Every run of the study failed: {names}. The same command tries them again.")
    written = api.compare(conducted.folder, out=conducted.page, progress=False)
    if names:
        raise TunebenchError(
            f"Of the study, these failed: {names}. The other runs are on the page {conducted.page}; the same "
            "command tries these again."
        )
    return written
