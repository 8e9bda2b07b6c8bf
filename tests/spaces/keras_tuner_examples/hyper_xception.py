"""keras_tuner.applications.HyperXception: the class, made for the data set's images and classes."""

from keras_tuner.applications import HyperXception

__all__ = ["HyperXception"]
