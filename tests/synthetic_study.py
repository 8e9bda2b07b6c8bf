"""Synthetic studies: run folders with plausible values beside a ``study.json``, without training."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.synthetic_runs import Data, Model, write_run
from tunebench.comparison import Comparison, Study, compare_runs
from tunebench.comparison.study_pairs import Topic
from tunebench.records import HyperparameterValue
from tunebench.report import study_words
from tunebench.report.words import plain
from tunebench.runs import select_runs
from tunebench.runs.study_fit import winners_name
from tunebench.runs.study_record import PlannedRun, Role, StudyFolder, StudyRecord, write_study

DIGITS = Data(name="digits", train_size=4000, test_size=1000)
Made = tuple[PlannedRun, Model]


def made(space: str, role: Role, accuracy: float, seconds: float = 10.0, **more: Any) -> Made:
    """A run of a study; ``more`` are fields of ``PlannedRun`` (tuner, train_size) and of ``Model``."""
    planned = {name: more.pop(name) for name in ("tuner", "train_size") if name in more}
    name = f"{space}-{'-'.join(str(value) for value in (role, *planned.values()))}"
    if role == "tuned":
        planned = {"tuner": "random"}
    # Each search finds other values, and the other runs train the winner's.
    found_by = winners_name(PlannedRun(name=name, space=space, part="tuned", role=role)) or name
    model = Model(
        **{
            "name": name,
            "space": space,
            "accuracy": accuracy,
            "seconds": seconds,
            "seed_spread": 0.01,
            "tuned": role in {"tuned", "tuner"},
            "tuner": planned.get("tuner", "random"),
            "hyperparameters": {"learning_rate": crc32(found_by.encode()) / 2**32},
            "precision": "mixed_bfloat16" if role == "half-precision" else "float32",
            **more,
        }
    )
    return PlannedRun(name=name, space=space, part="tuned", role=role, patience=5, **planned), model


def write_synthetic_study(
    runs_dir: Path,
    runs: Iterable[Made],
    data: Data = DIGITS,
    unfinished: Iterable[str] = (),
    settings: dict[str, HyperparameterValue | None] | None = None,
    slow_in_half_precision: dict[str, float] | None = None,
) -> Path:
    """Write a study and its runs, and return its folder."""
    folder = runs_dir / "study" / data.name
    runs = list(runs)
    for planned, model in runs:
        size = planned.train_size
        images = data if size is None else replace(data, train_size=size, tested_as=data)
        write_run(folder / planned.name, model, images)
    rest = [PlannedRun(name=name, space="cnn3", part="data", role="size") for name in unfinished]
    record = StudyRecord(
        settings=settings or {},
        runs=[*(planned for planned, _ in runs), *rest],
        slow_in_half_precision=slow_in_half_precision or {},
    )
    write_study(StudyFolder(folder, record))
    return folder


def compared(runs_dir: Path, runs: Iterable[Made], **settings: Any) -> Comparison:
    """Write a study and compare its runs."""
    return compare_runs(select_runs([write_synthetic_study(runs_dir, runs, **settings)], runs_dir))


def study_of(runs_dir: Path, runs: Iterable[Made], **settings: Any) -> Study:
    """Write a study and evaluate it."""
    return compared(runs_dir, runs, **settings).studies[0]


def complete() -> list[Made]:
    """A study with every part."""
    found = [
        made("cnn1", "reference", 0.58, 8),
        made("cnn3", "reference", 0.63, 20),
        made("cnn1", "tuned", 0.60, 9),
        made("cnn3", "tuned", 0.72, 26),
        *(made("cnn3", "tuner", accuracy, 25, tuner=tuner) for tuner, accuracy in TUNED.items()),
        *(made("cnn3", "size", 1 - error, 26, train_size=size) for size, error in SIZES.items()),
        made("mobilenet_v2", "tuned", 0.88, 60, prefix_seconds=40.0),
    ]
    for space, gain in (("cnn1", 0.0), ("cnn3", 0.06)):
        found += [
            made(space, "plain", 0.60 + gain, 20),
            made(space, "augmented", 0.60 + 2 * gain, 24),
            made(space, "stopped", 0.60 + gain, 12),
            made(space, "both", 0.60 + 2 * gain, 15),
            made(space, "half-precision", 0.59 + gain, 40),
        ]
    return found


TUNED = {"random": 0.70, "bayesian": 0.71, "hyperband": 0.76, "grid": 0.62}
SIZES = {400: 0.52, 800: 0.43, 1600: 0.36, 3200: 0.30}


def two(before: float, after: float, seconds: float = 10.0, **more: Any) -> list[Made]:
    """One model with and without augmentation."""
    return [made("cnn3", "plain", before, 10.0), made("cnn3", "augmented", after, seconds, **more)]


def said(study: Study, topic: Topic) -> str:
    """The answer to a question, as text."""
    question = study.question(topic)
    assert question is not None
    return plain(study_words.answer(study, question))
