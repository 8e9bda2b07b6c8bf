"""Keras Tuner's guide "Visualize the hyperparameter tuning process": logits, grey images."""

import keras
from keras import layers


def build_model(hp):
    """A dense or a convolutional network."""
    model = keras.Sequential([keras.Input(shape=(28, 28, 1))])
    kind = hp.Choice("model_type", ["mlp", "cnn"], default="cnn")
    if kind == "mlp":
        model.add(layers.Flatten())
        for number in range(hp.Int("mlp_layers", 1, 3)):
            model.add(layers.Dense(hp.Int(f"units_{number}", 32, 128, step=32), activation="relu"))
    else:
        for number in range(hp.Int("cnn_layers", 1, 2)):
            model.add(layers.Conv2D(hp.Int(f"filters_{number}", 8, 32, step=8), (3, 3), activation="relu"))
            model.add(layers.MaxPooling2D())
        model.add(layers.Flatten())
    if hp.Boolean("dropout", default=False):
        model.add(layers.Dropout(hp.Choice("rate", [0.1, 0.25])))
    model.add(layers.Dense(10))
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model
