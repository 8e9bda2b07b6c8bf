"""Searches on a cluster, and searches that cannot start."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.tuning.parallel.processes import below, nothing_left
from tests.tuning.searches import SETTINGS, ledger, prepare, search
from tunebench.errors import SearchError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Two nodes of one processor core each, both on this machine.
CLUSTER = """
import pathlib, sys, tempfile
from ray.cluster_utils import Cluster
pathlib.Path("/tmp/ray").mkdir(exist_ok=True)  # Ray writes the cluster's address there.
with tempfile.TemporaryDirectory(dir="/tmp") as folder:
    cluster = Cluster(True, head_node_args={"num_cpus": 1, "include_dashboard": False, "temp_dir": folder})
    cluster.add_node(num_cpus=1)
    print(cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()
"""


@contextlib.contextmanager
def _cluster() -> Iterator[tuple[str, psutil.Process]]:
    """A cluster of two nodes: its address and its process."""
    with (
        nothing_left(),
        subprocess.Popen(
            [sys.executable, "-c", CLUSTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), psutil.Process(process.pid)
        finally:
            process.communicate()


def _by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({**each, "worker": ""} for each in records), key=lambda each: str(each["trial_id"]))


def test_a_cluster_finds_what_one_process_finds(tmp_path: Path) -> None:
    """A search on a cluster uses one worker per machine, has the same results and leaves no worker there."""
    preparation = prepare(tmp_path)
    search(preparation, tmp_path / "one")
    with _cluster() as (address, cluster):
        search(preparation, tmp_path / "cluster", replace(SETTINGS, cluster=address))
        workers = [each for each, line in below(cluster).items() if "TrialWorker" in line]
        assert psutil.wait_procs(workers, timeout=60)[1] == []
    assert {str(fields["worker"]) for fields in ledger(tmp_path / "cluster")} == {"ray-0", "ray-1"}
    assert _by_id(ledger(tmp_path / "cluster")) == _by_id(ledger(tmp_path / "one"))


def test_an_address_where_nothing_listens_is_refused(tmp_path: Path) -> None:
    """An unreachable cluster is a one-line error within seconds."""
    with pytest.raises(SearchError, match=r"No Ray cluster can be reached at '127.0.0.1:9'.*refused"):
        search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, cluster="127.0.0.1:9"))
