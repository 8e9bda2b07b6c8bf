"""What a check found in a space, as text for a terminal."""

from collections.abc import Iterator, Sequence

from tunebench.checking.measuring import Measured
from tunebench.checking.sizes import Effect
from tunebench.checking.space import CheckedSpace
from tunebench.plain_text import clean

_UNKNOWN = "–"


def lines(checked: CheckedSpace) -> Iterator[str]:
    """Two tables, and the values and reason of each point at which a search would fail."""
    height, width, _ = checked.image_shape
    yield f"{clean(checked.name)}: {clean(checked.summary)}" if checked.summary else clean(checked.name)
    yield f"Checked on {clean(checked.dataset)}: {height}×{width} pixels, {checked.num_classes} classes."
    yield ""
    yield from _table(_POINTS, [_point(each) for each in checked.points])
    if checked.has_prefix:
        yield "A step trains the part behind the frozen network on features, which are computed once."
    changing = sorted((each for each in checked.effects if each.factor > 1), key=lambda each: -each.factor)
    if changing:
        yield ""
        yield "Parameters at the lowest and at the highest value, the others at their defaults:"
        yield from _table(_EFFECTS, [_effect(each) for each in changing])
    same = [clean(each.hyperparameter) for each in checked.effects if each.factor == 1]
    if same:
        yield f"No effect on the number of parameters: {', '.join(dict.fromkeys(same))}."
    for found in checked.problems:
        values = ", ".join(f"{name}={_value(value)}" for name, value in found.point.values.items())
        yield ""
        yield f"{clean(found.point.name)} fails: {clean(found.problem or '')}"
        yield f"  with {clean(values) or 'no hyperparameters'}"


_POINTS = ("point", "layers", "parameters", "memory", "batch", "s/step")
_EFFECTS = ("hyperparameter", "lowest", "parameters", "highest", "parameters", "factor")


def _point(found: Measured) -> tuple[str, ...]:
    if found.problem is not None:
        return (found.point.name, "fails", *[_UNKNOWN] * 4)
    memory, step = found.memory_bytes, found.seconds_per_step
    return (
        found.point.name,
        f"{found.layers:,}",
        f"{found.parameters:,}",
        _UNKNOWN if memory is None else _size(memory),
        f"{found.batch_size:,}",
        _UNKNOWN if step is None else f"{step:.3g}",
    )


def _effect(effect: Effect) -> tuple[str, ...]:
    condition = f" if {effect.requires}" if effect.requires else ""
    return (
        f"{effect.hyperparameter}{condition}",
        _value(effect.low.value),
        f"{effect.low.parameters:,}",
        _value(effect.high.value),
        f"{effect.high.parameters:,}",
        f"{effect.factor:.1f}×" if effect.factor >= 1.05 else f"{effect.factor:.3f}×",  # noqa: PLR2004 (reads 1.0)
    )


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _size(number: int) -> str:
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20)):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number / 2**10:.0f} KiB"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their cells; the first is left-aligned."""
    cells = [[clean(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for name, *others in cells:
        aligned = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([f"{name:{widths[0]}}", *aligned])
