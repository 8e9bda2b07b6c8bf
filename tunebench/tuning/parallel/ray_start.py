"""Start Ray on this machine, or connect to a cluster. Called in the bridge's process only."""

import os
import secrets
import shutil
import socket
from pathlib import Path

from tunebench.errors import SearchError
from tunebench.tuning.parallel.resources import Node

_MIB = 2**20
_LOCAL = {
    # Despite its name: makes 127.0.0.1 the address of the node, so that no port is open to other machines.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    # Soon enough for somebody who waits; Ray's own is 60.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
}
_REACH_SECONDS = 10.0
_LARGEST_STORE = 8 * 2**30
# Ray takes no smaller one.
_SMALLEST_STORE = 80 * _MIB


def start(workers: int | None, cluster: str | None, folder: Path) -> list[Node]:
    """Start Ray, or connect to a cluster.

    Args:
        workers: How many are asked for: on this machine there is a processor core for each, real or not.
        cluster: The cluster's address; ``None``: start Ray here.
        folder: For the files of a Ray that is started here; a short path, for sockets lie in it.

    Returns:
        The machines.

    Raises:
        SearchError: Ray cannot be started or reached.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if cluster is None:
        os.environ.update(_LOCAL, RAY_AUTH_TOKEN=secrets.token_hex(32), TMPDIR=str(folder))
    import ray  # noqa: PLC0415 (reads the environment; an extra)

    try:
        if cluster is not None:
            _reach(cluster)
        if cluster is None:
            ray.init(
                num_cpus=max(_num_cpus(), workers or 1),
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
                object_store_memory=_store_bytes(),
                _temp_dir=str(folder),
            )
        else:
            ray.init(address=cluster, log_to_driver=False, configure_logging=False)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if cluster is None:
            raise SearchError(f"Ray could not be started here: {first_line}.") from error
        raise SearchError(
            f"There is no Ray cluster to be reached at {cluster!r}: {first_line}. Expected the address that "
            "`ray start --head` printed, on a machine of that cluster; see `ray status`."
        ) from error
    return [Node(int(node.get("CPU", 0)), int(node.get("GPU", 0))) for node in nodes]


def _reach(cluster: str) -> None:
    """Refuse an address where nobody listens; Ray itself tries for minutes."""
    if cluster == "auto":  # Ray finds it on this machine
        return
    host, _, port = cluster.rpartition(":")
    if not port.isdecimal() or not host or "/" in host:
        raise ValueError("it is not of the form host:port")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()


def _num_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _store_bytes() -> int:
    """The size of the object store: what does not fit is written to disk by Ray."""
    import psutil  # noqa: PLC0415 (before Ray's own copy is known)

    room = psutil.virtual_memory().available * 3 // 10
    if Path("/dev/shm").is_dir():  # noqa: S108 (where Ray keeps it on Linux)
        room = min(room, shutil.disk_usage("/dev/shm").free * 9 // 10)  # noqa: S108 (the same)
    return max(_SMALLEST_STORE, min(room, _LARGEST_STORE))
