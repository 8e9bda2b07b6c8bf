"""Image data sets: one file per source, each giving a ``Dataset``."""

from tunebench.datasets.catalogue import CatalogueEntry, catalogue, load, names
from tunebench.datasets.dataset import Dataset, Split, TrainingData

__all__ = ["CatalogueEntry", "Dataset", "Split", "TrainingData", "catalogue", "load", "names"]
