"""keras_tuner.applications.HyperResNet, as its documentation uses it: an instance for CIFAR-10's images."""

from keras_tuner.applications import HyperResNet

hypermodel = HyperResNet(input_shape=(32, 32, 3), classes=10)
