"""Measure tunebench on a GPU in at most six minutes, beside Keras Tuner, plain Keras and a hand-written loop.

- check: do a small training's losses on the GPU equal the processor's? It has at most 512 images and three
  epochs, after which rounding would decide.
- training: images a second of cnn3's default architecture, with images kept on the GPU (the default) and
  copied in batches, beside Keras' fit and a loop in JAX, which is one compiled scan per epoch over images on
  the GPU.
- search: a search of it, beside a plain Keras Tuner script.
- extraction: features of MobileNetV2, beside Keras' predict.
- workers: 1, 2, 4 and 8 trials of a search at once.

It needs JAX or TensorFlow (KERAS_BACKEND), and tunebench, installed or on PYTHONPATH. What does not fit into
the time, or fails, is named; figures so far are written after each side. Without a GPU it runs, too.

    KERAS_BACKEND=jax PYTHONPATH=. python benchmarks/gpu.py
    python benchmarks/gpu.py --only check,training --train-size 512 --epochs 2
"""

import argparse
import functools
import importlib.util
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from cnn_search import Figures, plain, tunebench
from gpu_table import table
from measuring import keep, machine, measured
from numpy.typing import NDArray

BATCHES = (32, 128)
WORKERS = (1, 2, 4, 8)
PARTS = ("check", "training", "search", "extraction", "workers")
_ON_PROCESSOR = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
# At most; of more images or epochs, rounding decides about the losses.
_CHECKED_IMAGES, _CHECKED_EPOCHS = 512, 3
# Enough for a rate, because each epoch after the first takes as long.
_MOST_EPOCHS = 4
# Of random pixels and a class' pattern.
_PATTERN = 0.2
Run = Callable[[], Figures]


def main() -> None:
    """Measure, and write the results after each side."""
    given = parsed()
    ends = time.monotonic() + given.seconds
    figures: Figures = {"settings": {name: str(value) for name, value in vars(given).items()}}
    figures |= {"machine": machine("jax", "ray"), **{part: {} for part in given.only}, "left_out": {}}
    with tempfile.TemporaryDirectory() as folder:
        if given.data_dir is None:
            given.dataset = str(write_images(Path(folder), given))
        for part in given.only:
            for name, run in sides(part, given).items():
                try:
                    with time_limit(ends - time.monotonic()):
                        figures[part][name] = run()
                except (OSError, SystemExit) as error:
                    figures["left_out"][f"{part}, {name}"] = str(error).strip().splitlines()[-1]
                keep("gpu", figures, table(figures, given), quiet=True)
    print(table(figures, given))


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--data-dir", type=Path, help="CIFAR-10's folder for the searches; default: synthetic"
    )
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help=",".join(PARTS))
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=10, help="at least 2")
    parser.add_argument("--train-size", type=int, default=10_000, help="at least 128")
    parser.add_argument("--test-size", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=360.0, help="for everything")
    given = parser.parse_args()
    if unknown := set(given.only) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    # As tunebench, and so that the plain sides take it, too.
    given.backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    given.dataset, given.patience = "cifar10", given.epochs
    return given


def synthetic(number: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Noise of 32 × 32 pixels with a pattern for each of ten classes, and labels."""
    patterns = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3)).repeat(4, axis=1).repeat(4, axis=2)
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(number) % len(patterns))
    noise = random.integers(0, 256, (number, 32, 32, 3), dtype=np.uint8)
    return (_PATTERN * patterns[labels] + (1 - _PATTERN) * noise).astype(np.uint8), labels


def write_images(folder: Path, given: argparse.Namespace) -> Path:
    """A data set of synthetic images."""
    (x_train, y_train), (x_test, y_test) = synthetic(given.train_size, 1), synthetic(given.test_size, 2)
    path = folder / "synthetic.npz"
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TimeoutError`` in the block when the time is up."""

    def stop(*_: Any) -> None:
        raise TimeoutError("the time was up")

    if seconds <= 0:
        stop()
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def sides(part: str, given: argparse.Namespace) -> dict[str, Run]:
    """The sides of a part by name, in turns."""
    one = functools.partial
    # So that all batches are full.
    images = given.train_size // max(BATCHES) * max(BATCHES)
    epochs = min(given.epochs, _MOST_EPOCHS)
    if part == "check":
        checked = one(
            process, "losses", min(given.train_size, _CHECKED_IMAGES), min(given.epochs, _CHECKED_EPOCHS)
        )
        return {"device": checked, "processor": one(checked, _ON_PROCESSOR)}
    if part == "training":
        return {
            "tunebench": one(process, "train-tunebench", images, epochs),
            "tunebench, batches copied": one(process, "train-copied", images, epochs),
            "Keras' fit": one(process, "train-plain", images, epochs),
            "JAX loop": one(process, "train-loop", images, epochs, {"KERAS_BACKEND": "jax"}, "jax"),
        }
    if part == "extraction":
        return {
            "tunebench": one(process, "extract-tunebench", images),
            "Keras' predict": one(process, "extract-plain", images),
        }
    if part == "search":
        plain_batch = BATCHES[0]
        ours = {f"tunebench, batch {batch}": one(search, given, batch) for batch in BATCHES}
        return {
            **ours,
            f"Keras Tuner, batch {plain_batch}": one(
                plain, "plain_cnn_search.py", given, seed=0, batch_size=plain_batch
            ),
        }
    return {str(workers): one(at_once, given, workers) for workers in WORKERS if workers <= given.trials}


def process(
    what: str, images: int, epochs: int = 1, environment: dict[str, str] | None = None, needs: str = ""
) -> Figures:
    """Run gpu_process.py."""
    require(needs)
    script = Path(__file__).with_name("gpu_process.py")
    command = [sys.executable, str(script), what, "--images", str(images), "--epochs", str(epochs)]
    found: Figures = json.loads(measured(command, environment).output.splitlines()[-1])
    return found


def require(package: str) -> None:
    """Leave a side out if a package that it needs is missing."""
    if package and importlib.util.find_spec(package) is None:
        raise SystemExit(f"{package} is not installed")


def search(given: argparse.Namespace, batch: int, *others: str) -> Figures:
    """Search with tunebench's command, in float32 and unpruned, to train as much as the plain script."""
    settings = argparse.Namespace(**{**vars(given), "batch_size": batch})
    return tunebench(settings, 0, "float32", "--no-prune", *others)


def at_once(given: argparse.Namespace, workers: int) -> Figures:
    """A search with several trials at once; one: without Ray."""
    require("ray" if workers > 1 else "")
    return search(given, BATCHES[0], "--workers", str(workers))


if __name__ == "__main__":
    main()
