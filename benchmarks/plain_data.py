"""The data set of a plain side, the same images as tunebench's command would use."""

import argparse
from dataclasses import fields

from tunebench.data_options import DataOptions
from tunebench.datasets import Dataset, open_dataset


def opened(given: argparse.Namespace) -> Dataset:
    """Open what the command line names.

    Args:
        given: Has ``seed`` and some of tunebench's options of data, such as ``dataset`` and ``train_size``.
    """
    names = {field.name for field in fields(DataOptions)}
    options = {name: value for name, value in vars(given).items() if name in names}
    return open_dataset(DataOptions(**options), seed=given.seed)
