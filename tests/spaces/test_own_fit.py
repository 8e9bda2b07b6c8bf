"""What a user's ``HyperModel.fit`` sets is found out without training."""

from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tunebench.errors import InvalidSpaceError
from tunebench.spaces.own_fit import OwnFit, listen

X, Y = np.zeros((4, 2), np.float32), np.arange(4)
PAIR = X, Y


def _listen(fit: Any) -> tuple[OwnFit, Any]:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
    model.compile("sgd", "mse")
    hp = keras_tuner.HyperParameters()
    before = [each.copy() for each in model.get_weights()]
    own = listen("tiny", fit, hp, model, PAIR, PAIR)
    assert all(np.array_equal(*each) for each in zip(before, model.get_weights(), strict=True))
    assert "fit" not in vars(model)
    return own, hp


def test_what_the_call_sets_is_read() -> None:
    """Its hyperparameters are declared; what has no effect is named, with the option that does the same."""
    stopper = keras.callbacks.EarlyStopping("val_loss")

    def fit(hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        callbacks = [*kwargs.pop("callbacks"), stopper]
        size = hp.Int("size", 8, 32)
        weights = {0: 1, 1: 2.5}
        return model.fit(
            *args,
            size,
            7,
            callbacks=callbacks,
            class_weight=weights,
            shuffle=False,
            verbose=2,
            validation_split=0.2,
            **kwargs,
        )

    own, hp = _listen(fit)
    assert own == OwnFit(
        batch_size=8,
        epochs=7,
        shuffle=False,
        class_weight={0: 1.0, 1: 2.5},
        callbacks=(stopper,),
        ignored=(("validation_split", "the data set's own validation images are used, or folds with --cv"),),
    )
    assert [each.name for each in hp.space] == ["size"]
    (note,) = own.notes("tiny")
    assert note.startswith("tiny: validation_split in its fit() has no effect; the data set's own")


def test_only_arguments_that_it_takes_are_given() -> None:
    """As when ``Tuner.search`` is called with them alone."""
    assert _listen(lambda hp, model, x, y: model.fit(x, y))[0] == OwnFit()  # noqa: ARG005 (as Keras Tuner calls it)


def _trains_by_itself(hp: Any, model: Any, x: Any, y: Any, **kwargs: Any) -> float:
    del hp, model, x, y, kwargs
    return 0.5


def _changes_images(hp: Any, model: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    del hp
    return model.fit(x / 255, y, **kwargs)


def _fails(hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
    del hp, model, args, kwargs
    raise SystemExit(3)


def _sets(**values: Any) -> Any:
    return lambda hp, model, *args, **kwargs: model.fit(*args, **{**kwargs, **values})  # noqa: ARG005 (as above)


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (_trains_by_itself, r"without model\.fit\(\)"),
        (_changes_images, "Make the change a layer"),
        (_sets(batch_size="many"), "batch_size"),
        (_sets(epochs=0), "0 was given"),
        (_sets(class_weight={0: float("nan")}), "nan was given"),
        (_fails, r"fit\(\) failed: SystemExit: 3"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_one_line(fit: Any, message: str) -> None:
    """The line names the space."""
    with pytest.raises(InvalidSpaceError, match=message) as caught:
        _listen(fit)
    assert str(caught.value).startswith("Space tiny")
    assert "\n" not in str(caught.value)
