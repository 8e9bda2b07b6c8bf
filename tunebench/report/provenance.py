"""Where a model's figures come from: facts shared by all models, then those that differ per model."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from tunebench.comparison import ModelSummary
from tunebench.records import EnvironmentRecord, RunRecord
from tunebench.report import formats
from tunebench.report.timing_notes import loaded
from tunebench.runs.back_end import back_end
from tunebench.runs.timing import TimingRecord

# Settings that have a line of their own.
_ORIGIN = ("space_source", "space_sha256", "data_dir", "dataset_source")

Facts = Mapping[str, str]


def shared_facts(models: Sequence[ModelSummary]) -> Facts:
    """Facts that are the same for all models, by name."""
    common = set.intersection(*(set(_facts(model).items()) for model in models))
    return {name: text for name, text in _facts(models[0]).items() if (name, text) in common}


def own_facts(model: ModelSummary, shared: Facts) -> Facts:
    """Facts of one model that are not shared by all, by name."""
    return {name: text for name, text in _facts(model).items() if name not in shared}


def _facts(model: ModelSummary) -> Facts:
    record, environment, dataset = model.record, model.record.environment, model.record.dataset
    settings = [
        f"{name} {formats.value(value)}"
        for name, value in record.settings.items()
        if value is not None and name not in _ORIGIN
    ]
    facts = {
        "Command": record.command,
        "Time": f"{formats.moment(record.started_at)} to {formats.moment(record.finished_at)}",
        "Images": f"{dataset.train_size:,} training ({dataset.validation_size:,} of them for validation), "
        f"{dataset.test_size:,} test",
        "Data SHA-256": dataset.sha256,
        "Data": _name(record.settings.get("dataset_source") or record.settings.get("data_dir")),
        "Found in the data": " ".join(dataset.notes),
        "Space": _space(record),
        "Seeds": _seeds(record),
        "Settings": ", ".join(settings),
        "Device": _device(environment),
        "Other programs": _others(model),
        "Precision": environment.precision,
        "Operations": "" if environment.deterministic else "not deterministic",
        "XLA": "" if environment.xla else "off, because trainings were measured to be faster without it",
        "Versions": _versions(environment),
        "Backend": environment.backend,
        "Timed again": "" if model.timing is None else _timing(model.timing),
        "Folder": str(model.run.folder),
    }
    return {name: text for name, text in facts.items() if text}


def _seeds(record: RunRecord) -> str:
    """The seeds, and whether each drew the images that it was validated on."""
    listed = ", ".join(str(final.seed) for final in record.finals)
    drawn = len(record.finals) > 1 and all(final.split_seed is not None for final in record.finals[1:])
    return f"{listed}, each with its own validation images" if drawn else listed


def _space(record: RunRecord) -> str:
    """The file of a user's own space; bundled spaces are identified by tunebench's version."""
    source, sha256 = (record.settings.get(name) for name in ("space_source", "space_sha256"))
    return f"{_name(source)}, SHA-256 {sha256}" if source and source != record.space else ""


def _name(path: object) -> str:
    """The last part of a path: a page is passed on, and a user's folders are nobody else's concern."""
    return "" if path is None else PurePath(str(path)).name


def _device(environment: EnvironmentRecord) -> str:
    return f"{environment.device}, {formats.counted(environment.cpu_count, 'CPU core')}, {environment.os}"


def _others(model: ModelSummary) -> str:
    if model.other_load is None:
        return ""
    return f"used {100 * model.other_load:.0f}{formats.THIN}% of {loaded([model])} during training"


def _versions(environment: EnvironmentRecord) -> str:
    versions = {
        "tunebench": environment.tunebench,
        "Python": environment.python,
        "Keras": environment.keras,
        "Keras Tuner": environment.keras_tuner,
        "TensorFlow": environment.tensorflow,
        "NumPy": environment.numpy,
    }
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)


def _timing(timing: TimingRecord) -> str:
    seeds = ", ".join(str(repeat.seed) for repeat in timing.repeats)
    where, by = timing.environment, f" by {timing.command}" if timing.command else ""
    return (
        f"from {formats.moment(timing.started_at)}{by}, seeds {seeds}; {_device(where)}; {where.precision}; "
        f"back end {back_end(where.backend, where.tensorflow)}; "
        f"{_versions(where)}"
    )
