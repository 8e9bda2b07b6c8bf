"""TensorFlow's tutorial "Introduction to the Keras Tuner": Fashion MNIST, 28×28 values, logits."""

import keras


def model_builder(hp):
    """One hidden layer."""
    model = keras.Sequential()
    model.add(keras.layers.Input((28, 28)))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(units=hp.Int("units", 32, 512, step=32), activation="relu"))
    model.add(keras.layers.Dense(10))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


build = model_builder
