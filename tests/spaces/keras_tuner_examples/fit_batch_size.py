"""What people ask most: the batch size, the epochs, callbacks and class weights in HyperModel.fit()."""

import keras
import keras_tuner
from keras import layers


class Classifier(keras_tuner.HyperModel):
    """Made by its own constructor's arguments."""

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, hp):
        """A dense network that reports no accuracy."""
        model = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten()])
        model.add(layers.Dense(hp.Int("units", 8, 32, step=8), activation="relu"))
        model.add(layers.Dense(self.num_classes, activation="softmax"))
        model.compile("adam", "categorical_crossentropy")
        return model

    def fit(self, hp, model, *args, callbacks=None, **kwargs):
        """Everything that model.fit takes."""
        return model.fit(
            *args,
            batch_size=hp.Choice("batch", [16, 64]),
            epochs=hp.Int("epochs", 1, 2),
            class_weight={0: 2.0, **dict.fromkeys(range(1, self.num_classes), 1.0)},
            callbacks=[*callbacks, keras.callbacks.EarlyStopping("val_loss", patience=1)],
            validation_freq=1,
            steps_per_epoch=3,
            **kwargs,
        )
