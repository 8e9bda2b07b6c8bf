"""Image data sets: one file per source, each giving a ``Dataset``."""

from tunebench.datasets.catalogue import catalogue, load, names
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.opening import open_dataset
from tunebench.datasets.source import CatalogueEntry
from tunebench.datasets.split import Split
from tunebench.datasets.training_data import TrainingData

__all__ = [
    "CatalogueEntry",
    "Dataset",
    "Split",
    "TrainingData",
    "catalogue",
    "load",
    "names",
    "open_dataset",
]
