"""Load a final model of a run; code of its user's own only if that is allowed."""

from collections.abc import Callable
from typing import Any

import keras

# Registers the layer that a TF Hub model is in.
import tunebench.backbones.layer  # noqa: F401
from tunebench import spaces
from tunebench.errors import ExportError, RecordError, TunebenchError
from tunebench.finals.reopen import own_code, recorded_space
from tunebench.runs import Run, run_folder
from tunebench.use.artefact import reason


def load_final(run: Run, seed: int, may_import: Callable[[list[str]], bool] | None) -> Any:
    """Load a final model, in Keras' safe mode and not compiled.

    Args:
        run: The run.
        seed: Of the final training.
        may_import: Asked with the files of the run's own space before they are imported, if the model
            has a layer or function that they register; ``None``: they are imported.

    Returns:
        The ``keras.Model``.

    Raises:
        RecordError: The file is missing or damaged.
        ExportError: Its code may not be imported.
        TunebenchError: Its space is missing or has changed.
    """
    path = run_folder.model(run.folder, seed)
    if not path.is_file():
        raise RecordError(f"{path} is missing. Restore it, or run the run's command again to train it.")
    code = own_code(run.record)
    try:
        return _load(path)
    except TunebenchError:
        raise
    except Exception as error:  # whatever a damaged file makes Keras raise
        if "Could not locate" not in str(error) or not code:
            raise RecordError(
                f"{path} cannot be loaded: {reason(error)} Restore it, or run the run's command again."
            ) from error
    if may_import is not None and not may_import(code):
        raise ExportError(
            f"{path} was not loaded, because its model needs the code of {', '.join(code)}. Allow it "
            "only if you trust these files."
        )
    spaces.find(recorded_space(run.record))
    try:
        return _load(path)
    except Exception as error:  # as above
        raise RecordError(
            f"{path} cannot be loaded: {reason(error)} Let its space register its own layers with "
            "@keras.saving.register_keras_serializable()."
        ) from error


def _load(path: Any) -> Any:
    return keras.saving.load_model(path, compile=False, safe_mode=True)
