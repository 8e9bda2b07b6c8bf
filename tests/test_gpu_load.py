"""The load of other programs on an NVIDIA GPU, from a driver that behaves as NVML is documented."""

import os
import sys
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tunebench import gpu_load
from tunebench.machine_load import LoadMeter

OTHER, THIRD = os.getpid() + 1, os.getpid() + 2


class _NVMLError(Exception):
    """As pynvml's, which has a subclass for each code."""


class _Driver(ModuleType):
    """What pynvml offers: of each GPU, by its UUID, the percentage that processes used some seconds ago."""

    NVMLError = _NVMLError

    def __init__(self, gpus: dict[str, dict[int, int]], *, age: float = 0, failing: str = "") -> None:
        super().__init__("pynvml")
        self.gpus, self.age, self.failing = gpus, age, failing
        self.users = self.asked = 0

    def _check(self, name: str) -> None:
        if name == self.failing or (name != "nvmlInit" and not self.users):
            raise _NVMLError(name)

    def nvmlInit(self) -> None:  # noqa: N802
        self._check("nvmlInit")
        self.users += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self._check("nvmlShutdown")
        self.users -= 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        self._check("nvmlDeviceGetHandleByIndex")
        if index >= len(self.gpus):
            raise _NVMLError("Invalid Argument")
        return list(self.gpus)[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        self._check("nvmlDeviceGetHandleByUUID")
        if uuid not in self.gpus:
            raise _NVMLError("Not Found")
        return uuid

    def nvmlDeviceGetProcessUtilization(self, handle: str, since: int) -> list[Any]:  # noqa: N802
        self._check("nvmlDeviceGetProcessUtilization")
        self.asked += 1
        taken = int((time.time() - self.age) * 1e6) + 1
        if taken <= since or not self.gpus[handle]:
            raise _NVMLError("Not Found")
        return [
            SimpleNamespace(pid=pid, smUtil=percent, timeStamp=taken)
            for pid, percent in self.gpus[handle].items()
        ]


class _OldPackage(ModuleType):
    """One without what is asked of it."""

    NVMLError = _NVMLError


def _share(
    monkeypatch: pytest.MonkeyPatch, driver: ModuleType | None, visible: str | None = None
) -> float | None:
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    return gpu_load.others_share(time.time())


@pytest.mark.parametrize(
    ("processes", "share"),
    [
        ({os.getpid(): 90}, 0),
        ({os.getpid(): 60, OTHER: 25, THIRD: 10}, 0.35),
        ({os.getpid(): 90, OTHER: 100, THIRD: 9}, 1),
    ],
)
def test_other_processes_count_together(
    processes: dict[int, int], share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This process does not count, and the share is at most 1."""
    driver = _Driver({"GPU-a": processes})
    assert _share(monkeypatch, driver) == pytest.approx(share)
    assert driver.users == 0


@pytest.mark.parametrize(
    ("visible", "share"),
    [(None, 0.1), ("0", 0.1), ("1", 0.2), ("1,0", 0.2), ("GPU-b", 0.2)]
    + [(name, None) for name in ("3", "GPU-c", "", "-1", "MIG-b", "NoDevFiles")],
)
def test_the_first_visible_gpu_is_asked(
    visible: str | None, share: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its index or UUID; nothing is known of one that is called otherwise."""
    names = ("GPU-a", "GPU-b", "MIG-b")
    driver = _Driver({name: {os.getpid(): 50, OTHER: 10 * rank} for rank, name in enumerate(names, start=1)})
    assert _share(monkeypatch, driver, visible) == share
    assert driver.users == 0


@pytest.mark.parametrize(
    "driver",
    [
        None,
        _OldPackage("pynvml"),
        _Driver({}, failing="nvmlInit"),
        _Driver({"GPU-a": {os.getpid(): 50, OTHER: 10}}, failing="nvmlDeviceGetProcessUtilization"),
        _Driver({"GPU-a": {os.getpid(): 50, OTHER: 10}}, age=3600),
        _Driver({"GPU-a": {OTHER: 95}}),
    ],
    ids=["no package", "old package", "no driver", "not supported", "no samples", "container"],
)
def test_the_load_may_be_unknown(driver: ModuleType | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if this process is not named: in a container, its own work may have another number."""
    assert _share(monkeypatch, driver) is None
    assert getattr(driver, "users", 0) == 0


def test_entries_without_content_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver has been seen to return more entries than it has filled in."""
    driver = _Driver({"GPU-a": {os.getpid(): 50, OTHER: 10, THIRD: 4_000_000}})
    real = driver.nvmlDeviceGetProcessUtilization
    empty = SimpleNamespace(pid=0, smUtil=30, timeStamp=0)
    monkeypatch.setattr(driver, "nvmlDeviceGetProcessUtilization", lambda *asked: [*real(*asked), empty])
    assert _share(monkeypatch, driver) == pytest.approx(0.1)


def test_the_larger_of_both_shares_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is asked once, after the training, and not at all if that was too short."""
    driver = _Driver({"GPU-a": {os.getpid(): 90, OTHER: 100}})
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with LoadMeter() as short:
        pass
    assert (short.others, driver.asked) == (None, 0)
    with LoadMeter() as meter:
        time.sleep(0.5)
        assert driver.asked == 0
    assert (meter.others, driver.asked) == (1, 1)
