"""The fingerprint: weights, saved models and versions count; use does not."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.backbones.saved_models import save_reusable
from tests.features.prefixes import IMAGE_SHAPE, convolution, pixels
from tunebench import backbones
from tunebench.features import fingerprint


def test_content_of_a_saved_model_counts(tmp_path: Path) -> None:
    """Two SavedModels in the same folder, one after the other, differ in nothing but their content."""

    def build() -> str:
        with backbones.use(str(tmp_path)):
            return fingerprint(backbones.mobilenet_v2(IMAGE_SHAPE))

    save_reusable(tmp_path, seed=0)
    first = build()
    assert build() == first
    save_reusable(tmp_path, seed=1)
    assert build() != first


def test_version_of_the_back_end_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new TensorFlow may compute other features under the same Keras, and take another time for them."""
    before = fingerprint(convolution())
    monkeypatch.setattr(sys.modules[keras.backend.backend()], "__version__", "0.0.0")
    assert fingerprint(convolution()) != before


def test_predicting_and_compiling_change_nothing() -> None:
    """Otherwise the first trial's key would never be found again."""
    prefix = convolution()
    before = fingerprint(prefix)
    prefix.predict(pixels(), verbose=0)
    assert fingerprint(prefix) == before


def test_one_changed_weight_changes_it() -> None:
    """The smallest change that training could leave behind."""
    prefix = convolution()
    before = fingerprint(prefix)
    kernel = prefix.weights[0]
    changed = keras.ops.convert_to_numpy(kernel).copy()
    changed.flat[0] = np.nextafter(changed.flat[0], np.float32(9))
    kernel.assign(changed)
    assert fingerprint(prefix) != before
