"""What a worker receives and sends back, file contents included, so that no shared folder is needed."""

import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tunebench import backbones, environment, files, runtime, xla
from tunebench.errors import SearchError
from tunebench.home import expand
from tunebench.options import SearchOptions
from tunebench.tuning.budget import TimeLimit
from tunebench.tuning.task import TrialOutcome, TrialTask, state_of

if TYPE_CHECKING:
    from tunebench.features.preparation import Preparation

# Machines must agree on these for their scores to be comparable.
_VERSIONED = ("tunebench", "keras", "backend", "tensorflow", "keras_tuner", "numpy")


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What all trials of a search have in common.

    Attributes:
        environment: Environment variables that Keras reads when it starts.
        versions: See :func:`versions`.
        precision: Keras' dtype policy.
        deterministic: Whether operations are deterministic.
        without_xla: Whether TensorFlow trains without XLA.
        space: The space's name.
        path: The space's file on the machine of the search.
        code: The space's code; see :attr:`tunebench.spaces.Space.code`.
        code_sha256: Its SHA-256.
        num_classes: Number of classes of the images.
        mirror_safe: Whether the images may be mirrored.
        backbone: The handle of the pretrained weights.
        weights: The content of the weights file, if the handle names one.
        options: Of the search.
    """

    environment: dict[str, str]
    versions: dict[str, str | None]
    precision: str
    deterministic: bool
    without_xla: bool
    space: str
    path: Path
    code: dict[str, bytes]
    code_sha256: str
    num_classes: int
    mirror_safe: bool
    backbone: str
    weights: bytes | None
    options: SearchOptions

    @classmethod
    def of(cls, preparation: "Preparation", options: SearchOptions) -> Self:
        """The setup of a search in this process.

        Raises:
            SearchError: The space has no file.
        """
        space, data, handle = preparation.space, preparation.data, backbones.selected()
        if space.source is None:
            raise SearchError(
                f"{space.name} was given as a Python object, which workers cannot import. Give the path of a "
                ".py file that has it, or leave workers and cluster out."
            )
        # Trained blocks need the weights; the frozen part is only computed by the search.
        sent = space.has_prefix and backbones.kind_of(handle) is backbones.Kind.WEIGHTS
        return cls(
            environment=runtime.settings(),
            versions=versions(),
            precision=environment.collect().precision,
            deterministic=environment.is_deterministic(),
            without_xla=xla.is_off(),
            space=space.name,
            path=space.source,
            code=dict(space.code),
            code_sha256=space.sha256,
            num_classes=data.num_classes,
            mirror_safe=data.mirror_safe,
            backbone=handle,
            weights=expand(handle).read_bytes() if sent else None,
            # Progress stays in the process of the search.
            options=replace(options, progress=None),
        )


def versions() -> dict[str, str | None]:
    """Versions in this process of the packages that scores depend on; imports Keras."""
    collected = environment.collect()
    return {name: getattr(collected, name) for name in _VERSIONED}


def dump_task(task: TrialTask, num_trainings: int) -> bytes:
    """Serialise a task together with the states that its trainings continue from."""
    limit = task.must_end.packed() if isinstance(task.must_end, TimeLimit) else None
    states = _read_states(task.load_state, num_trainings)
    return pickle.dumps((replace(task, must_end=None), limit, states))


def load_task(payload: bytes, folder: Path) -> TrialTask:
    """Restore a task; its states are written to a folder of this machine."""
    task: TrialTask
    task, limit, states = pickle.loads(payload)  # noqa: S301 (sent by the search that started this process)
    _write_states(states, folder)
    return replace(
        task,
        load_state=task.load_state and folder / task.load_state.name,
        save_state=task.save_state and folder / task.save_state.name,
        must_end=limit and limit.unpacked(),
    )


def dump_result(task: TrialTask, outcome: TrialOutcome, num_trainings: int) -> bytes:
    """Serialise a task's outcome, its hyperparameters and the states that it saved."""
    return pickle.dumps((outcome, task.hyperparameters, _read_states(task.save_state, num_trainings)))


def load_result(payload: bytes, save_state: Path | None) -> tuple[TrialOutcome, Any]:
    """A trial's outcome and ``keras_tuner.HyperParameters``; its states are written where the task says."""
    outcome, hyperparameters, states = pickle.loads(payload)  # noqa: S301 (sent by a worker of this search)
    if save_state is not None:
        _write_states(states, save_state.parent)
    return outcome, hyperparameters


def _read_states(path: Path | None, num_trainings: int) -> dict[str, bytes]:
    paths = [] if path is None else [state_of(path, number) for number in range(num_trainings)]
    return {each.name: each.read_bytes() for each in paths if each.exists()}


def _write_states(states: dict[str, bytes], folder: Path) -> None:
    for name, content in states.items():
        files.write_atomically(folder / name, content)
