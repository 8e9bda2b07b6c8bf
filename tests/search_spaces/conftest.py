"""Small backbones for the transfer model's space."""

from pathlib import Path

import pytest

from tests.backbones.networks import save_random_weights
from tests.backbones.saved_models import save_reusable


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of a MobileNetV2 with random weights, which can be cut and resized."""
    return save_random_weights(tmp_path_factory.mktemp("weights") / "random.weights.h5")


@pytest.fixture(scope="session")
def small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SavedModel that takes 224×224 images, like TF Hub's."""
    return save_reusable(tmp_path_factory.mktemp("backbone"), size=224, num_features=16)
