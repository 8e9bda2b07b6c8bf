"""What must agree before two training times can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunebench.records import EnvironmentRecord

_NAMES = {
    "device": "device",
    "cpu_count": "CPU cores",
    "precision": "precision",
    "os": "operating system",
    "backend": "back end",
    "tensorflow": "TensorFlow",
}


@dataclass(frozen=True)
class Clock:
    """Under what a training was timed.

    Attributes:
        device: What trained.
        cpu_count: CPU cores.
        precision: Keras' dtype policy.
        os: Operating system.
        backend: Keras' back end.
        tensorflow: TensorFlow's version; ``None`` where it was not loaded.
    """

    device: str
    cpu_count: int
    precision: str
    os: str
    backend: str
    tensorflow: str | None


def clock_of(environment: EnvironmentRecord) -> Clock:
    """The part of an environment that training times depend on."""
    return Clock(**{name: getattr(environment, name) for name in _NAMES})


def differing(clocks: Sequence[Clock]) -> dict[str, list[str]]:
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
