"""Keras Tuner's guide "Distributed hyperparameter tuning": a functional network of tuned blocks."""

import keras
from keras import layers


def build_model(hp):
    """Convolutional blocks with a choice of pooling."""
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Resizing(14, 14)(inputs)
    for number in range(hp.Int("conv_blocks", 1, 3, default=2)):
        filters = hp.Int(f"filters_{number}", 8, 32, step=8)
        for _ in range(2):
            x = layers.Conv2D(filters, kernel_size=(3, 3), padding="same")(x)
            x = layers.BatchNormalization()(x)
            x = layers.ReLU()(x)
        pooling = hp.Choice(f"pooling_{number}", ["avg", "max"])
        x = layers.MaxPool2D()(x) if pooling == "max" else layers.AvgPool2D(2)(x)
    x = layers.GlobalAvgPool2D()(x)
    x = layers.Dense(hp.Int("hidden_size", 30, 100, step=10, default=50), activation="relu")(x)
    x = layers.Dropout(hp.Float("dropout", 0, 0.5, step=0.1, default=0.5))(x)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    return model
