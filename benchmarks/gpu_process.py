"""One side of gpu.py, in a separate process; prints its figures as one JSON line.

Images are synthetic, and the model is cnn3's default architecture (cnn_model.py) in float32.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from gpu import BATCHES, synthetic
from numpy.typing import NDArray

from tunebench.runtime import import_keras

# Before anything else imports Keras: with tunebench's settings.
keras = import_keras()

from cnn_model import model  # noqa: E402
from keras import layers  # noqa: E402
from plain_cnn import augmentation  # noqa: E402

from tunebench import environment  # noqa: E402
from tunebench.features import Inference, features  # noqa: E402
from tunebench.fitting import Examples, FitSettings, fit, reset_keras  # noqa: E402
from tunebench.fitting.augmentation import Augmentation  # noqa: E402
from tunebench.fitting.stopwatch import Stopwatch  # noqa: E402

_VALUES = {"learning_rate": 1e-3, "dropout_1": 0.25, "dropout_2": 0.5, "l2": 1e-4}
_SHAPE, _CLASSES = (32, 32, 3), 10
# For features; without pretrained weights, which are as fast.
_SIDE = 224
Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Figures = dict[str, Any]
# Images, labels, batch size, epochs, whether to augment -> when each epoch ended, in seconds.
Training = Callable[[Images, Labels, int, int, bool], list[float]]


def main() -> None:
    """Do what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("--images", type=int, required=True)
    parser.add_argument("--epochs", type=int, default=1)
    given = parser.parse_args()
    images, labels = synthetic(given.images, seed=0)
    found = WHAT[given.what](images, labels, given.epochs)
    print(json.dumps({"device": environment.device(), **found}))


def losses(images: Images, labels: Labels, epochs: int) -> Figures:
    """The loss of each epoch, with nothing random except the initial weights and the order."""
    reset_keras(1)
    # At a higher learning rate rounding decides about the third epoch.
    values = {**_VALUES, "learning_rate": 3e-4, "dropout_1": 0.0, "dropout_2": 0.0}
    network = model(values, _SHAPE, _CLASSES)
    fitted = _fitted(network, images, labels, BATCHES[0], epochs, augment=False)
    return {"images": len(images), "losses": fitted.history["loss"]}


def speeds(training: Training, *, augments: bool) -> Callable[[Images, Labels, int], Figures]:
    """Images a second of trainings, without their first epoch, which compiles."""

    def measure(images: Images, labels: Labels, epochs: int) -> Figures:
        found = {}
        for batch, augment in [(size, False) for size in BATCHES] + [(BATCHES[0], True)] * augments:
            reset_keras(1)
            ends = training(images, labels, batch, epochs, augment)
            name = f"batch {batch}, augmented" if augment else f"batch {batch}"
            found[name] = len(images) * (epochs - 1) / (ends[-1] - ends[0])
        return {"images_per_second": found}

    return measure


def tunebench(*, on_device: bool | None) -> Training:
    """As a trial trains; with images on the device, or copied in batches if that is false."""

    def train(images: Images, labels: Labels, batch: int, epochs: int, augment: bool) -> list[float]:  # noqa: FBT001
        network = model(_VALUES, _SHAPE, _CLASSES)
        fitted = _fitted(network, images, labels, batch, epochs, augment=augment, on_device=on_device)
        return [*fitted.history["seconds"]]

    return train


def plain_fit(images: Images, labels: Labels, batch: int, epochs: int, augment: bool) -> list[float]:  # noqa: FBT001
    """Keras' ``fit`` on arrays, with its augmentation layers in the model."""
    network, ends = model(_VALUES, _SHAPE, _CLASSES, *(augmentation() if augment else ())), []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    network.fit(images, labels, batch_size=batch, epochs=epochs, callbacks=[clock], verbose=0)
    return ends


def jax_loop(images: Images, labels: Labels, batch: int, epochs: int, augment: bool) -> list[float]:  # noqa: FBT001
    """Written by hand: an epoch is one compiled scan over images that stay on the device."""
    del augment
    import jax  # noqa: PLC0415 (only this side needs it)

    network = model(_VALUES, _SHAPE, _CLASSES)
    optimizer, loss_of = network.optimizer, keras.losses.SparseCategoricalCrossentropy()
    optimizer.build(network.trainable_variables)

    def loss(trained: Any, others: Any, inputs: Any, targets: Any) -> Any:
        outputs, others, penalties = network.stateless_call(
            trained, others, inputs, training=True, return_losses=True
        )
        return loss_of(targets, outputs) + sum(penalties), others

    @jax.jit
    def epoch(state: Any, inputs: Any, targets: Any, key: Any) -> Any:
        def step(state: Any, chosen: Any) -> Any:
            trained, others, slots = state
            compute = jax.value_and_grad(loss, has_aux=True)
            (value, others), gradients = compute(trained, others, inputs[chosen], targets[chosen])
            trained, slots = optimizer.stateless_apply(slots, gradients, trained)
            return (trained, others, slots), value

        order = jax.random.permutation(key, len(inputs)).reshape(-1, batch)
        return jax.lax.scan(step, state, order)

    variables = network.trainable_variables, network.non_trainable_variables, optimizer.variables
    state: Any = tuple([each.value for each in part] for part in variables)
    inputs, targets, ends = jax.device_put(images), jax.device_put(labels), []
    for key in jax.random.split(jax.random.key(0), epochs):
        state, values = epoch(state, inputs, targets, key)
        values.block_until_ready()
        ends.append(time.perf_counter())
    return ends


def extraction(*, plain: bool) -> Callable[[Images, Labels, int], Figures]:
    """Seconds of MobileNetV2's features of all images; the first time, that includes compiling."""

    def measure(images: Images, labels: Labels, epochs: int) -> Figures:
        del labels, epochs
        inputs = keras.Input(_SHAPE, dtype="uint8")
        network = keras.applications.MobileNetV2(
            (_SIDE, _SIDE, 3), include_top=False, weights=None, pooling="avg"
        )
        network.trainable = False
        scaled = layers.Resizing(_SIDE, _SIDE)(layers.Rescaling(1 / 127.5, -1.0)(inputs))
        prefix = keras.Model(inputs, network(scaled, training=False))
        inference = Inference(prefix)
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            if plain:
                prefix.predict(images, verbose=0)
            else:
                features(inference, images, cache=None)
            seconds.append(time.perf_counter() - started)
        return {"seconds": seconds, "images_per_second": len(images) / seconds[1]}

    return measure


def _fitted(
    network: Any,
    images: Images,
    labels: Labels,
    batch: int,
    epochs: int,
    *,
    augment: bool,
    on_device: bool | None = None,
) -> Any:
    examples = Examples(images, labels)
    augmenting = Augmentation(0.5, mirror=True) if augment else None
    # Without validation.
    settings = FitSettings(
        epochs=epochs,
        patience=None,
        seed=0,
        batch_size=batch,
        augmentation=augmenting,
        refit=True,
        on_device=on_device,
    )
    return fit(network, examples, examples, settings, Stopwatch())


WHAT: dict[str, Callable[[Images, Labels, int], Figures]] = {
    "losses": losses,
    "train-tunebench": speeds(tunebench(on_device=None), augments=True),
    "train-copied": speeds(tunebench(on_device=False), augments=True),
    "train-plain": speeds(plain_fit, augments=True),
    "train-loop": speeds(jax_loop, augments=False),
    "extract-tunebench": extraction(plain=False),
    "extract-plain": extraction(plain=True),
}

if __name__ == "__main__":
    main()
