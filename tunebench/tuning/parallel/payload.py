"""Pack what a worker needs, and what it sends back, so that no file system has to be shared."""

import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebench import runtime
from tunebench.tuning.budget import TimeLimit
from tunebench.tuning.task import Training, TrialOutcome, TrialTask, state_of

if TYPE_CHECKING:
    from tunebench.features.preparation import Preparation


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What every trial of a search has in common.

    Attributes:
        environment: Variables that Keras reads when it starts.
        precision: Keras' dtype policy.
        space: The space's name, and where its file lies on the machine of the search.
        source: The file's content.
        source_sha256: Its SHA-256.
        num_classes: How many classes the images have.
        mirror_safe: Whether they may be mirrored.
        backbone: The handle of the pretrained weights.
        weights: The content of the weights file that it names; ``None`` where it names none.
        training: How trials are trained.
    """

    environment: dict[str, str]
    precision: str
    space: tuple[str, Path]
    source: bytes
    source_sha256: str
    num_classes: int
    mirror_safe: bool
    backbone: str
    weights: bytes | None
    training: Training


def pack_setup(preparation: "Preparation", training: Training) -> bytes:
    """What every trial of this search has in common, with the settings that Keras has in this process."""
    import keras  # noqa: PLC0415 (seconds; the bridge does without)

    from tunebench import backbones  # noqa: PLC0415 (as above)

    space, data, handle = preparation.space, preparation.data, backbones.selected()
    kind = backbones.kind_of(handle) if space.has_prefix else None
    setup = Setup(
        environment=runtime.settings(),
        precision=keras.config.dtype_policy().name,
        space=(space.name, space.source),
        source=space.source.read_bytes(),
        source_sha256=space.sha256,
        num_classes=data.num_classes,
        mirror_safe=data.mirror_safe,
        backbone=handle,
        # A tail that is trained needs them; the frozen part does not leave this machine.
        weights=Path(handle).expanduser().read_bytes() if kind is backbones.Kind.WEIGHTS else None,
        training=training,
    )
    return pickle.dumps(setup)


def pack_task(task: TrialTask, prefix_seconds: float, num_trainings: int) -> bytes:
    """A task for another machine, with the states that it goes on from.

    Args:
        task: The task.
        prefix_seconds: What computing its examples cost.
        num_trainings: How often a trial is trained.
    """
    limit = task.must_end
    packed = replace(
        task,
        hyperparameters=task.hyperparameters.get_config(),
        must_end=limit.packed() if isinstance(limit, TimeLimit) else None,
    )
    states = {} if task.load_state is None else _read_states(task.load_state, num_trainings)
    return pickle.dumps((packed, prefix_seconds, states))


def unpack_task(packed: bytes, folder: Path) -> tuple[TrialTask, float]:
    """A task whose states lie in a folder of this machine, and what computing its examples cost."""
    import keras_tuner  # noqa: PLC0415 (imports Keras; the worker has done so)

    task, prefix_seconds, states = pickle.loads(packed)  # noqa: S301 (from the search that started this worker)
    load, save = folder / "load.npz", folder / "save.npz"
    for number, content in states.items():
        state_of(load, number).write_bytes(content)
    unpacked = replace(
        task,
        hyperparameters=keras_tuner.HyperParameters.from_config(task.hyperparameters),
        load_state=None if task.load_state is None else load,
        save_state=None if task.save_state is None else save,
        must_end=None if task.must_end is None else task.must_end.unpacked(),
    )
    return unpacked, prefix_seconds


def pack_result(task: TrialTask, outcome: TrialOutcome, num_trainings: int) -> bytes:
    """What became of a task, the states that it saved and the hyperparameters that it declared included."""
    states = {} if task.save_state is None else _read_states(task.save_state, num_trainings)
    return pickle.dumps((outcome, task.hyperparameters.get_config(), states))


def unpack_result(packed: bytes) -> tuple[TrialOutcome, Any, dict[int, bytes]]:
    """The outcome, its ``keras_tuner.HyperParameters``, and its states by the number of the training."""
    import keras_tuner  # noqa: PLC0415 (as above)

    outcome, hyperparameters, states = pickle.loads(packed)  # noqa: S301 (from a worker of this search)
    return outcome, keras_tuner.HyperParameters.from_config(hyperparameters), states


def _read_states(path: Path, num_trainings: int) -> dict[int, bytes]:
    paths = {number: state_of(path, number) for number in range(num_trainings)}
    return {number: each.read_bytes() for number, each in paths.items() if each.exists()}
