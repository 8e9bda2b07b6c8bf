"""What would settle open questions: more seeds, wider ranges, more images."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from tunebench.comparison import ModelSummary, Pair, Section, SizeCurve
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.comparison.settling import Settling
from tunebench.report import formats, measures
from tunebench.report.timing_notes import comparable_again, timed_again
from tunebench.report.words import Code, Name, Sentence, joined
from tunebench.runs import Run
from tunebench.runs.run_folder import runs_dir_option
from tunebench.runs.study_record import STUDY

_NAMED = 4


def next_steps(section: Section, curves: Sequence[SizeCurve] = ()) -> Iterable[Sentence]:
    """What to do next.

    Args:
        section: The models of one data set.
        curves: Accuracy against the number of training images.

    Yields:
        A sentence per step.
    """
    few = [model for model in section.models if model.seeds < ENOUGH_SEEDS]
    if few:
        names = joined([(Name(model.label),) for model in few], last=" and ")
        yield (
            f"Train with more seeds (--seeds {ENOUGH_SEEDS} or more): ",
            *(names if len(few) <= _NAMED else [f"{len(few)} models"]),
            f" {'has' if len(few) == 1 else 'have'} fewer than {formats.number_word(ENOUGH_SEEDS)}.",
        )
    yield from _time_again(section)
    yield from _wider_ranges([model for model in section.models if model.edges])
    runner_up = section.pair(*section.models[:2]) if len(section.models) > 1 else None
    if runner_up is not None and runner_up.settling is not None and not few:
        yield _settle(runner_up, runner_up.settling)
    yield from _more_images(section, curves)
    if len(section.models) == 1:
        yield from _another_model(section.models[0].run)


def _another_model(run: Run) -> Iterable[Sentence]:
    """The command for another model on the images of a run; none for a study, which lists its commands."""
    record, settings = run.record, run.record.settings
    source, name = settings.get("dataset_source"), record.dataset.name
    if (run.folder.parent / STUDY).exists():
        return
    if source is None and "image_size" in settings and record.command.startswith("tunebench."):
        # A program gave the images, which no command finds, or a named data set in another size.
        yield ("Tune another model on the same images and compare again.",)
        return
    images = {
        "--dataset": source or name,
        "--data-dir": None if source else settings.get("data_dir"),
        "--train-size": record.dataset.train_size,
        "--test-size": record.dataset.test_size,
        "--image-size": settings.get("image_size"),
        "--resize": settings.get("resize"),
        "--mirror": settings.get("mirror"),
        # Draws the validation images, and those of a user's own if not all are used.
        "--seed": settings.get("seed") or None,
    }
    given = [_from_here(word) for pair in images.items() if pair[1] is not None for word in pair]
    other = "cnn3" if record.space == "cnn1" else "cnn1"
    command = ["tunebench", "search", other, *given, *runs_dir_option(run.folder, name)]
    yield ("Tune another model on the same images (", Code(shlex.join(command)), ") and compare again.")


def _from_here(word: object) -> str:
    """Text; of a path below the current folder, the part from there."""
    here = f"{Path.cwd()}/"
    return f"./{text.removeprefix(here)}" if (text := str(word)).startswith(here) else text


def _settle(pair: Pair, settling: Settling) -> Sentence:
    """More seeds or more test images, whichever would do."""
    better, worse = Name(pair.better.label), Name(pair.worse.label)
    if settling.seeds is None and settling.images is None:
        doubt = " as equal: no usual number of seeds or test images would distinguish them."
        return ("Treat ", better, " and ", worse, doubt)
    seeds = f"train each with about {settling.seeds} seeds"
    if settling.images is None:
        ways = f"{seeds}; more test images alone would not be enough"
    else:
        images = f"test on about {settling.images:,} images"
        ways = f"{seeds} or {images}" if settling.seeds else f"{images}; more seeds alone would not be enough"
    lead = measures.difference(pair.better.objective, pair.difference)
    odds = f". If the lead of {lead} is real, that probably establishes it."
    return ("To distinguish ", better, " from ", worse, f", {ways}{odds}")


def _time_again(section: Section) -> Iterable[Sentence]:
    """The fix for times under different conditions or from a busy machine, or with a pause."""
    differing = section.timing_differences
    busy = any(clock.load == "heavy" for clock in section.timing_conditions)
    paused = any(each.paused_seconds for model in section.models for each in model.timed)
    if timed_again(section) and (busy or paused) and not differing:
        # The same command alone would end alike.
        when = "the machine is quiet" if busy else "nothing stops it"
        why = "other programs were busy" if busy else "a training was paused"
        yield (f"Run compare --retime again when {when}: {why} while the winners were timed again.",)
    elif differing or busy or paused:
        yield comparable_again(differing, section.command, busy=busy)


def _wider_ranges(models: Sequence[ModelSummary]) -> Iterable[Sentence]:
    """One sentence for all models with a best value at the edge of its range."""
    parts: list[Sentence] = []
    for model in models[:_NAMED]:
        edges = formats.listed([f"{edge.name} ({edge.side} allowed)" for edge in model.edges])
        parts.append((Name(model.label), f" {edges}"))
    if more := len(models[_NAMED:]):
        parts.append((f"and {more} more {'model' if more == 1 else 'models'}",))
    if parts:
        yield ("Widen the ranges whose best value is at the edge: ", *joined(parts, "; "), ".")


def _more_images(section: Section, curves: Sequence[SizeCurve]) -> Iterable[Sentence]:
    """For models of this section whose accuracy still rises with the number of training images."""
    here = {id(model) for model in section.models}
    for curve in curves:
        for series in curve.series:
            largest = series.models[-1]
            if series.rising and id(largest) in here:
                smaller, larger = series.last_step
                yield (
                    "Train ",
                    Name(largest.label),
                    f" on more images: its accuracy still rose between {smaller:,} and {larger:,}.",
                )
