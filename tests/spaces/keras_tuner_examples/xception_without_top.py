"""The repository's test of HyperXception with include_top=False, which gives features and is not compiled."""

from keras_tuner.applications import HyperXception

hypermodel = HyperXception(input_shape=(32, 32, 3), include_top=False, classes=10)
