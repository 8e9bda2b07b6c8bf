"""What the library offers of this room. Keras is imported when it is called."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tunebench.errors import DatasetError
from tunebench.home import expand
from tunebench.keywords import suggests
from tunebench.progress import Progress, shown
from tunebench.runtime import import_keras

if TYPE_CHECKING:
    from tunebench.use.predict import Predictions


@suggests
def predict(
    run: str | Path,
    *paths: str | Path,
    seed: int | None = None,
    ensemble: bool = False,
    strict: bool = False,
    trust_code: bool = False,
    progress: Progress | bool | None = None,
) -> "Predictions":
    """Predict the classes of image files.

    Args:
        run: A run's folder or its ``run.json``, or an exported model.
        paths: Image files, and folders, which are read at any depth.
        seed: Which of the run's models; ``None``: that of its first seed.
        ensemble: Use the models of all seeds; the probabilities are their mean.
        strict: Whether a file that cannot be used is an error; else it is skipped.
        trust_code: Whether the code of the run's own space may run, if its models need it.
        progress: True or False, or an object that receives the events. Default: shown in a notebook or
            at Python's prompt.

    Returns:
        The predictions. Images are decoded and predicted in batches while one iterates over them.

    Raises:
        RunError: There is no run at that path, or it is not finished or damaged.
        DatasetError: There are no paths.
        TunebenchError: It has no such seed, or a model cannot be loaded.
    """
    if not paths:
        raise DatasetError("The list of images to predict is empty. Expected paths of images or folders.")
    import_keras()
    from tunebench.use.predict import predict_files  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.use.predictor import open_predictor  # noqa: PLC0415 (the same)

    predictor = open_predictor(run, seed=seed, ensemble=ensemble, trust_code=trust_code)
    given = [os.fspath(expand(path) if str(path).startswith("~") else path) for path in paths]
    return predict_files(predictor, given, strict=strict, progress=shown(progress))
