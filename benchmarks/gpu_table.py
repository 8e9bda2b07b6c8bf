"""The figures of gpu.py as Markdown."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from tunebench.progress import plural

# Of the plain script's time, and of the images a second of the hand-written loop.
SEARCH_GOAL, TRAINING_GOAL = 0.2, 0.6
# bfloat16 instead of float32 on a processor: 0.55 %. A GPU rounds less, even in TF32. The loss falls by 5 %.
TOLERANCE = 0.01
_NO_GPU = (
    "**No GPU was used.** The JAX loop says nothing then, because XLA's convolutions in a loop are slow on a "
    "processor."
)
Figures = Mapping[str, Any]


def table(figures: Figures, given: argparse.Namespace) -> str:
    """What was measured so far, part by part."""
    here, device = figures["machine"], _device(figures)
    lines = [_NO_GPU, ""] if device.startswith("CPU") else []
    data = "synthetic" if given.data_dir is None else "CIFAR-10"
    versions = ", ".join(f"{name} {here[name]}" for name in ("keras", "tensorflow", "jax") if here[name])
    size = f"{given.train_size:,} {data} images, {given.trials} trials × {given.epochs} epochs"
    processor = f"{here['processor']}, {plural(here['cores'], 'core')}"
    machine = f"{device}; {processor}; back end {given.backend}; {versions}"
    lines += [f"{machine}. {size}.", ""]
    for part, write in _WRITERS.items():
        if figures.get(part):
            lines += [*write(figures[part]), ""]
    lines += [f"- Left out: {name}: {reason}" for name, reason in figures["left_out"].items()]
    return "\n".join(lines) + "\n"


def _device(figures: Figures) -> str:
    """The device of the first side that names one."""
    sides = (side for part in _WRITERS for side in figures.get(part, {}).values())
    return next((side["device"] for side in sides if "device" in side), "device unknown so far")


def _check(sides: Figures) -> Iterator[str]:
    for side in sides.values():
        losses = ", ".join(f"{loss:.5f}" for loss in side["losses"])
        yield f"- Losses of {side['images']} images on {side['device']}: {losses}."
    if len(sides) > 1:
        ours, theirs = (side["losses"] for side in sides.values())
        apart = max(abs(one - other) / other for one, other in zip(ours, theirs, strict=True))
        verdict = "equal" if apart <= TOLERANCE else "NOT EQUAL"
        if sides["device"]["device"] == sides["processor"]["device"]:
            yield "- This compares the processor with itself."
        yield f"- At most {apart:.2%} apart: {verdict} within {TOLERANCE:.0%}."


def _training(sides: Figures) -> Iterator[str]:
    loop = sides.get("JAX loop", {"device": "", "images_per_second": {}})
    yield "| training | images a second | of the JAX loop |\n|---|---|---|"
    for name, side in sides.items():
        for what, speed in side["images_per_second"].items():
            best = loop["images_per_second"].get(what) if side["device"] == loop["device"] else None
            share = "" if best is None else f"{speed / best:.0%}"
            yield f"| {name}, {what} | {speed:,.0f} | {share} |"
    yield f"\nThe goal for tunebench: {TRAINING_GOAL:.0%}."


def _search(sides: Figures) -> Iterator[str]:
    theirs = sides.get("Keras Tuner, batch 32", {}).get("wall_seconds")
    yield "| search | wall time | of Keras Tuner's | best on validation | on test |\n|---|---|---|---|---|"
    for name, side in sides.items():
        ratio = "" if theirs is None else f"{side['wall_seconds'] / theirs:.2f}"
        scores = f"{side['best_validation_accuracy']:.1%} | {side['test_accuracy']:.1%}"
        yield f"| {name} | {side['wall_seconds']:.1f} s | {ratio} | {scores} |"
    yield f"\nThe goal for tunebench: {SEARCH_GOAL:.2f}."


def _extraction(sides: Figures) -> Iterator[str]:
    yield "| features | first time | again | images a second then |\n|---|---|---|---|"
    for name, side in sides.items():
        first, again = side["seconds"]
        yield f"| {name} | {first:.1f} s | {again:.1f} s | {side['images_per_second']:,.0f} |"


def _workers(sides: Figures) -> Iterator[str]:
    alone = sides.get("1", {}).get("wall_seconds")
    yield "| trials at once | wall time | of one at a time |\n|---|---|---|"
    for workers, side in sides.items():
        ratio = "" if alone is None else f"{side['wall_seconds'] / alone:.2f}"
        yield f"| {workers} | {side['wall_seconds']:.1f} s | {ratio} |"


_WRITERS = {
    "check": _check,
    "training": _training,
    "search": _search,
    "extraction": _extraction,
    "workers": _workers,
}
