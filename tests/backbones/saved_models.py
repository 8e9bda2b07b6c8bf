"""Small SavedModels of every form that users have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


def save_reusable(folder: Path, *, size: int | None = 8, num_features: int = 5, seed: int = 0) -> Path:
    """Save a reusable SavedModel in TF Hub's sense: callable, from images to features."""

    class Reusable(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            weights = np.random.default_rng(seed).normal(size=(3, num_features))
            self.kernel = tf.Variable(weights, dtype=tf.float32)

        @tf.function(input_signature=[tf.TensorSpec((None, size, size, 3), tf.float32)])
        def __call__(self, images: Any) -> Any:
            return tf.tanh(tf.reduce_mean(images, axis=[1, 2]) @ self.kernel)

    return _save(Reusable(), folder)


def save_with_training_argument(folder: Path) -> Path:
    """Save a model that adds one in training mode, traced for both modes, as Keras 2 saved them."""

    class TwoModes(tf.Module):
        @tf.function
        def __call__(self, images: Any, training: bool = True) -> Any:  # noqa: FBT001, FBT002 (Keras 2's form)
            return tf.reduce_mean(images, axis=[1, 2]) + (1.0 if training else 0.0)

    module = TwoModes()
    specification = tf.TensorSpec((None, 8, 8, 3), tf.float32)
    for training in (True, False):
        module.__call__.get_concrete_function(specification, training=training)
    return _save(module, folder)


def save_signature_only(folder: Path) -> Path:
    """Save a model with a serving signature that cannot be called, as Keras 3 exports them."""
    module = tf.Module()
    module.kernel = tf.Variable(tf.ones((3, 4)))

    @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.float32, name="pixels")])
    def serve(pixels: Any) -> dict[str, Any]:
        return {"features": tf.reduce_mean(pixels, axis=[1, 2]) @ module.kernel}

    return _save(module, folder, signatures=serve)


def save_function(folder: Path, compute: Callable[[Any], Any], *, size: int = 8, channels: int = 3) -> Path:
    """Save any function of images as a callable SavedModel."""

    class Anything(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, size, size, channels), tf.float32)])
        def __call__(self, images: Any) -> Any:
            return compute(images)

    return _save(Anything(), folder)


def _save(module: Any, folder: Path, **options: Any) -> Path:
    tf.saved_model.save(module, str(folder), **options)
    return folder
