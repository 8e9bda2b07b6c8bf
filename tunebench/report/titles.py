"""Names as their makers write them."""

from tunebench.report import formats

_DATASETS = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST", "digits": "Digits"}


def dataset_title(name: str) -> str:
    """A data set's name, such as ``CIFAR-10`` for ``cifar10``; an unknown one as it is."""
    return _DATASETS.get(name, formats.clean(name))
