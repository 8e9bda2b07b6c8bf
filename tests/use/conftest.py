"""A finished run for all tests of this folder."""

import pytest

from tests.use.trained import train_photos
from tunebench.runs import Run


@pytest.fixture(scope="package")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with two seeds on cats and dogs; not to be changed."""
    return train_photos(tmp_path_factory.mktemp("trained"))
