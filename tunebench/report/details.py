"""What the page tells of one model: its curves, its hyperparameters, and where it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import ModelFigures
from tunebench.report import charts, formats, svg

_CURVES = (360, 230)


@dataclass(frozen=True)
class Hyperparameter:
    """A best value and the range it was chosen from.

    Attributes:
        name: Of the hyperparameter.
        value: The best one.
        range: What was searched; empty where nothing was.
        edge: A warning where it lies at the edge of its range; may be empty.
    """

    name: str
    value: str
    range: str
    edge: str


@dataclass(frozen=True)
class Fact:
    """A line of a model's provenance."""

    name: str
    text: str


@dataclass(frozen=True)
class ModelView:
    """One model's part of the page."""

    label: str
    target: str
    summary: str
    figures: str
    curves: Markup | None
    hyperparameters: tuple[Hyperparameter, ...]
    search: str
    facts: tuple[Fact, ...]


def model_view(model: ModelFigures, target: str) -> ModelView:
    """Collect what the page tells of one model.

    Args:
        model: The model.
        target: Its identifier on the page.

    Returns:
        Its view.
    """
    figures = (
        f"{formats.percent(model.accuracy.mean)} in {formats.seconds(model.train_seconds.mean)}, "
        f"{'tuned' if model.record.kind == 'tuned' else 'default values'}"
    )
    return ModelView(
        label=formats.clean(model.label),
        target=target,
        summary=formats.clean(model.record.summary),
        figures=figures,
        curves=_curves(model, target),
        hyperparameters=tuple(_hyperparameters(model)),
        search=_search(model),
        facts=tuple(_facts(model)),
    )


def _curves(model: ModelFigures, target: str) -> Markup | None:
    figure = charts.learning_curves(model, *_CURVES)
    if figure is None:
        return None
    kept = ", ".join(
        f"seed {final.seed}: epoch {final.best_epoch} of {final.epochs}" for final in model.record.finals
    )
    title = f"Learning curves of {formats.clean(model.label)}"
    description = f"Accuracy on training and validation images by epoch. Weights kept from {kept}."
    return svg.inline(figure, f"{target}-curves", title, description)


def _hyperparameters(model: ModelFigures) -> Iterable[Hyperparameter]:
    edges = {edge.name: edge for edge in model.edges}
    for name, value in model.record.hyperparameters.items():
        if name.startswith("tuner/"):
            continue  # Keras Tuner's own bookkeeping.
        edge = edges.get(name)
        yield Hyperparameter(
            name=formats.clean(name),
            value=formats.value(value),
            range=_range(model, name),
            edge=f"{edge.side} allowed: a better value may lie beyond" if edge else "",
        )


def _range(model: ModelFigures, name: str) -> str:
    values = model.record.ranges.get(name, [])
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    if len(values) == 2 and numbers:  # noqa: PLR2004 (a minimum and a maximum)
        return f"{formats.value(values[0])} to {formats.value(values[1])}"
    return ", ".join(formats.value(each) for each in values)


def _search(model: ModelFigures) -> str:
    search = model.record.search
    if search is None:
        return "Not tuned: the space's default values."
    failed = f", {search.failed} failed" if search.failed else ""
    best = formats.percent(search.best_score)
    return (
        f"{formats.clean(search.tuner).capitalize()} search: {search.trials} trials{failed} in "
        f"{formats.seconds(search.seconds)}. Best validation accuracy {best}: optimistic, "
        "for the winner was chosen by it; the test images played no part."
    )


def _facts(model: ModelFigures) -> Iterable[Fact]:
    record, environment = model.record, model.record.environment
    versions = {
        "tunebench": environment.tunebench,
        "Python": environment.python,
        "Keras": environment.keras,
        "Keras Tuner": environment.keras_tuner,
        "TensorFlow": environment.tensorflow,
        "NumPy": environment.numpy,
    }
    dataset = record.dataset
    yield Fact("Command", formats.clean(record.command))
    yield Fact("Time", f"{formats.moment(record.started_at)} to {formats.moment(record.finished_at)}")
    yield Fact(
        "Device",
        formats.clean(f"{environment.device}, {environment.cpu_count} CPU cores, {environment.os}"),
    )
    yield Fact("Precision", formats.clean(environment.precision))
    yield Fact(
        "Versions",
        formats.clean(", ".join(f"{name} {version}" for name, version in versions.items() if version)),
    )
    yield Fact("Back end", formats.clean(environment.backend))
    yield Fact(
        "Images",
        f"{dataset.train_size:,} training ({dataset.validation_size:,} of them for validation), "
        f"{dataset.test_size:,} test",
    )
    yield Fact("Data SHA-256", formats.clean(dataset.sha256))
    yield Fact("Seeds", ", ".join(str(final.seed) for final in record.finals))
    settings = [
        f"{name} {formats.value(value)}" for name, value in record.settings.items() if value is not None
    ]
    if settings:
        yield Fact("Settings", formats.clean(", ".join(settings)))
    yield Fact("Folder", formats.clean(str(model.run.folder)))
