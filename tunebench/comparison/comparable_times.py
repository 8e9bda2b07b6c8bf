"""What must agree before two training times can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunebench.records import EnvironmentRecord

# From this share of the cores on, kept busy by other programs, a training time is their time, too.
HEAVY_LOAD = 0.2

_NAMES = {
    "device": "device",
    "cpu_count": "CPU cores",
    "precision": "precision",
    "os": "operating system",
    "backend": "back end",
    "tensorflow": "TensorFlow",
    "load": "load by other programs",
}


@dataclass(frozen=True)
class TimingConditions:
    """Under what a training was timed.

    Attributes:
        device: What trained.
        cpu_count: CPU cores.
        precision: Keras' dtype policy.
        os: Operating system.
        backend: Keras' back end.
        tensorflow: TensorFlow's version; ``None`` where it was not loaded.
        load: How much other programs did meanwhile: ``light`` or ``heavy``.
    """

    device: str
    cpu_count: int
    precision: str
    os: str
    backend: str
    tensorflow: str | None
    load: str


def timing_conditions(environment: EnvironmentRecord, other_load: float | None) -> TimingConditions:
    """What training times depend on, beside the model.

    Args:
        environment: Where it was timed.
        other_load: Share of the processor cores that other programs kept busy; ``None``, where it is not
            known, counts as light.
    """
    return TimingConditions(
        device=environment.device,
        cpu_count=environment.cpu_count,
        precision=environment.precision,
        os=environment.os,
        backend=environment.backend,
        tensorflow=environment.tensorflow,
        load="heavy" if other_load is not None and other_load >= HEAVY_LOAD else "light",
    )


def differences(clocks: Sequence[TimingConditions]) -> dict[str, list[str]]:
    """What differs between clocks.

    Args:
        clocks: Any number.

    Returns:
        The values by the name of each part that has several, each value once.
    """
    found = {}
    for name, title in _NAMES.items():
        values = list(dict.fromkeys(str(getattr(clock, name)) for clock in clocks))
        if len(values) > 1:
            found[title] = values
    return found
