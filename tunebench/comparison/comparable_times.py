"""Conditions that must agree before training times can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunebench.records import EnvironmentRecord
from tunebench.runs.back_end import back_end

# From this share of the processor cores in use by other programs, training times are noticeably longer.
# For a GPU it is an assumption.
HEAVY_LOAD = 0.2

_NAMES = {
    "device": "device",
    "cpu_count": "CPU cores",
    "precision": "precision",
    "os": "operating system",
    "back_end": "back end",
    "deterministic": "deterministic operations",
    "xla": "XLA",
    "load": "load by other programs",
}


@dataclass(frozen=True)
class TimingConditions:
    """What a training time depends on, apart from the model.

    Attributes:
        device: Device used for training.
        cpu_count: CPU cores.
        precision: Keras' dtype policy.
        os: Operating system.
        back_end: Keras' back end and its version.
        deterministic: Whether operations were deterministic.
        xla: Whether TensorFlow's XLA compiled if Keras wanted it.
        load: Load by other programs: ``light`` or ``heavy``.
    """

    device: str
    cpu_count: int
    precision: str
    os: str
    back_end: str
    deterministic: bool
    xla: bool
    load: str


def timing_conditions(environment: EnvironmentRecord, other_load: float | None) -> TimingConditions:
    """The conditions of a timed training.

    Args:
        environment: Its environment.
        other_load: Share of the processor cores, or of the GPU, that other programs used, from 0 to 1;
            ``None``, if unknown, counts as light.

    Returns:
        The conditions.
    """
    return TimingConditions(
        device=environment.device,
        cpu_count=environment.cpu_count,
        precision=environment.precision,
        os=environment.os,
        back_end=back_end(environment.backend, environment.tensorflow),
        deterministic=environment.deterministic,
        xla=environment.xla,
        load="heavy" if other_load is not None and other_load >= HEAVY_LOAD else "light",
    )


def differences(conditions: Sequence[TimingConditions]) -> dict[str, list[str]]:
    """The conditions that are not the same everywhere.

    Args:
        conditions: Any number.

    Returns:
        The distinct values of each condition that differs, by its name.
    """
    found = {}
    for name, title in _NAMES.items():
        values = list(dict.fromkeys(str(getattr(each, name)) for each in conditions))
        if len(values) > 1:
            found[title] = values
    return found
