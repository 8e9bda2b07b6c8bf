"""Where a model's figures come from: said once for what all share, then per model for what differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunebench.comparison import ModelFigures
from tunebench.report import formats


@dataclass(frozen=True)
class Fact:
    """A line of provenance."""

    name: str
    text: str


def shared_facts(models: Sequence[ModelFigures]) -> tuple[Fact, ...]:
    """What is the same for all models, in the order of the facts."""
    each = [set(_facts(model)) for model in models]
    common = set.intersection(*each)
    return tuple(fact for fact in _facts(models[0]) if fact in common)


def own_facts(model: ModelFigures, shared: Sequence[Fact]) -> tuple[Fact, ...]:
    """What is a model's own."""
    return tuple(fact for fact in _facts(model) if fact not in shared)


def _facts(model: ModelFigures) -> Iterable[Fact]:
    record, environment, dataset = model.record, model.record.environment, model.record.dataset
    versions = {
        "tunebench": environment.tunebench,
        "Python": environment.python,
        "Keras": environment.keras,
        "Keras Tuner": environment.keras_tuner,
        "TensorFlow": environment.tensorflow,
        "NumPy": environment.numpy,
    }
    settings = [
        f"{name} {formats.value(value)}" for name, value in record.settings.items() if value is not None
    ]
    facts = {
        "Command": record.command,
        "Time": f"{formats.moment(record.started_at)} to {formats.moment(record.finished_at)}",
        "Images": f"{dataset.train_size:,} training ({dataset.validation_size:,} of them for validation), "
        f"{dataset.test_size:,} test",
        "Data SHA-256": dataset.sha256,
        "Seeds": ", ".join(str(final.seed) for final in record.finals),
        "Settings": ", ".join(settings),
        "Device": f"{environment.device}, {environment.cpu_count} CPU cores, {environment.os}",
        "Precision": environment.precision,
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items() if version),
        "Back end": environment.backend,
        "Folder": str(model.run.folder),
    }
    for name, text in facts.items():
        if text:
            yield Fact(name, formats.clean(text))
