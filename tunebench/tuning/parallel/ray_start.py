"""Start Ray on this machine, or connect to a cluster; called by the bridge only."""

import os
import secrets
import socket
from pathlib import Path
from typing import Any

from tunebench import environment
from tunebench.errors import SearchError
from tunebench.tuning.parallel.resources import Node

_LOCAL = {
    # Despite its name: makes 127.0.0.1 the address of the node, so that no port is open to other machines.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    # Ray's default is 60.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
}
_CONNECT_SECONDS = 10.0


def start(workers: int | None, cluster: str | None, folder: Path) -> list[Node]:
    """Start Ray, or connect to a cluster.

    Args:
        workers: Number of workers, if given; a local Ray assumes at least as many processor cores.
        cluster: The cluster's address; without one, Ray is started on this machine.
        folder: For the files of a local Ray. Its path must be short, because sockets are in it.

    Returns:
        The machines.

    Raises:
        SearchError: Ray cannot be started or reached.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if cluster is None:
        os.environ.update(_LOCAL, RAY_AUTH_TOKEN=secrets.token_hex(32), TMPDIR=str(folder))
    import ray  # noqa: PLC0415 (an optional package, which reads the environment)

    try:
        if cluster is None:
            where: dict[str, Any] = {
                "num_cpus": max(environment.num_cpus(), workers or 1),
                "include_dashboard": False,
                "_temp_dir": str(folder),
            }
        else:
            _check_reachable(cluster)
            where = {"address": cluster}
        ray.init(**where, log_to_driver=False, configure_logging=False)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if cluster is None:
            raise SearchError(f"Ray could not be started on this machine: {first_line}.") from error
        raise SearchError(
            f"No Ray cluster can be reached at {cluster!r}: {first_line}. Expected the address that "
            "`ray start --head` printed, on a machine of that cluster; see `ray status`."
        ) from error
    return [Node(int(node.get("CPU", 0)), int(node.get("GPU", 0))) for node in nodes]


def _check_reachable(cluster: str) -> None:
    """Fail soon if nothing listens at an address; Ray itself tries for minutes."""
    if cluster != "auto":  # Ray finds the cluster of this machine.
        host, _, port = cluster.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
