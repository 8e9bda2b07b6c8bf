"""tunebench: for my images, which model is worth its training time?

The library is the command line without the terminal::

    import tunebench

    run = tunebench.search("cnn3", dataset="digits", trials=5)
    run.trials  # a pandas DataFrame
    tunebench.train("cnn3", dataset="digits")
    tunebench.compare().table

Importing the package imports no Keras; the functions do when they are called.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunebench.api import compare, load_run, search, train
    from tunebench.checking.library import check, check_space
    from tunebench.datasets.dataset import Dataset
    from tunebench.errors import TunebenchError
    from tunebench.studies.library import study
    from tunebench.use.export import export
    from tunebench.use.library import predict

__all__ = [
    "Dataset",
    "TunebenchError",
    "check",
    "check_space",
    "compare",
    "export",
    "load_run",
    "predict",
    "search",
    "study",
    "train",
]

_HOMES = {
    "Dataset": "tunebench.datasets.dataset",
    "TunebenchError": "tunebench.errors",
    "check": "tunebench.checking.library",
    "check_space": "tunebench.checking.library",
    "compare": "tunebench.api",
    "export": "tunebench.use.export",
    "load_run": "tunebench.api",
    "predict": "tunebench.use.library",
    "search": "tunebench.api",
    "study": "tunebench.studies.library",
    "train": "tunebench.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tunebench' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 (nothing is imported before it is needed)

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, also those that were not used yet."""
    return __all__
