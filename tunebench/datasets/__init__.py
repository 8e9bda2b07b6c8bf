"""Image data sets: one file per source, each giving a ``Dataset``."""

from tunebench.datasets.catalogue import catalogue, load, names
from tunebench.datasets.dataset import Dataset, Split, TrainingData
from tunebench.datasets.opening import Request, open_dataset, request_of
from tunebench.datasets.source import CatalogueEntry

__all__ = [
    "CatalogueEntry",
    "Dataset",
    "Request",
    "Split",
    "TrainingData",
    "catalogue",
    "load",
    "names",
    "open_dataset",
    "request_of",
]
