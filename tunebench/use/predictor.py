"""What predicts: the saved models of a run, or an exported artefact."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tunebench.data_options import Resize
from tunebench.errors import RunFolderError, TunebenchError
from tunebench.home import expand
from tunebench.runs import read_run, run_folder
from tunebench.use.artefact import is_artefact, open_artefact


class Predictor(Protocol):
    """Gives class probabilities for raw images.

    Attributes:
        class_names: In the order of the probabilities.
        image_shape: ``(height, width, channels)`` of the images it takes.
        resize: How images of another size become so large: ``crop``, ``pad`` or ``stretch``; see
            :func:`tunebench.datasets.resizing.to_size`.
    """

    @property
    def class_names(self) -> tuple[str, ...]:
        """See above."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """See above."""
        ...

    @property
    def resize(self) -> Resize:
        """See above."""
        ...

    def probabilities(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """The probability of each class.

        Args:
            images: ``uint8`` of shape ``(n, *image_shape)``, RGB from 0 to 255; at least one.

        Returns:
            ``float32`` of shape ``(n, classes)``, from 0 to 1.
        """
        ...


def open_predictor(
    path: str | Path, *, seed: int | None = None, ensemble: bool = False, trust_code: bool = False
) -> Predictor:
    """Open a run's saved models, or an exported artefact.

    Args:
        path: A run's folder or its ``run.json``, or what ``tunebench export`` has written.
        seed: Which of a run's models; ``None``: that of its first seed.
        ensemble: All models of a run; the probabilities are their mean.
        trust_code: Whether the code of a run's own space may run, if its models need it.

    Returns:
        The predictor.

    Raises:
        RunError: There is no run at that path, or it is not finished or damaged.
        TunebenchError: It has no such seed, or a model cannot be loaded; the message says why.
    """
    if seed is not None and ensemble:
        raise TunebenchError(
            "A seed and the ensemble of all seeds were asked for. Expected --seed or --ensemble, not both."
        )
    path = expand(path)
    if _is_run(path) or not path.exists():
        from tunebench.use.run_models import open_models  # noqa: PLC0415 (after Keras has its settings)

        return open_models(read_run(path), seed=seed, ensemble=ensemble, trust_code=trust_code)
    if not is_artefact(path):
        raise RunFolderError(
            f"There is neither a run nor an exported model at {path}. Expected a run's folder, such as "
            "runs/cifar10/cnn3, or what `tunebench export` wrote, with its JSON beside it."
        )
    if seed is not None or ensemble:
        raise TunebenchError(f"{path} is an exported model, of one seed. Leave out --seed and --ensemble.")
    return open_artefact(path)


def _is_run(path: Path) -> bool:
    """Whether this is a run, perhaps one that is not finished."""
    files = (run_folder.RECORD, run_folder.FINGERPRINT, run_folder.BASELINE, run_folder.LEDGER)
    return path.name == run_folder.RECORD or any((path / name).exists() for name in files)
