"""One report for the tests of this folder."""

import pytest

from tests.synthetic_report import write_report
from tests.synthetic_runs import write_runs
from tunebench.report import Report


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The four models, compared."""
    folder = tmp_path_factory.mktemp("report")
    write_runs(folder / "runs")
    return write_report(folder / "runs")
