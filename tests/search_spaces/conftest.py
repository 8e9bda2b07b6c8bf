"""Small backbones for the transfer model's space."""

from pathlib import Path

import pytest

from tests.backbones.saved_models import save_reusable


@pytest.fixture(scope="session")
def small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SavedModel that takes 224×224 images, like TF Hub's."""
    return save_reusable(tmp_path_factory.mktemp("backbone"), size=224, num_features=16)
