"""How much memory a trial adds to a search: a random search of many tiny trials in one process.

After a warm-up of a quarter of the trials, a line is fitted to the process' resident memory after each trial.
A search of 500 trials should need no more memory than one of 5.

    python benchmarks/memory.py --trials 200
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import psutil

import tunebench
from tunebench.progress import SilentProgress

SPACE = '''"""A tiny network."""

import keras
from keras import layers


def build(hp, input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255), layers.MaxPooling2D(4)])
    model.add(layers.Flatten())
    model.add(layers.Dense(hp.Int("units", 4, 64, default=8), "relu"))
    model.add(layers.Dropout(hp.Float("dropout", 0.0, 0.5, default=0.1)))
    model.add(layers.Dense(num_classes, "softmax"))
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log", default=0.01)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
'''
MEGABYTE = 2**20


class Memory(SilentProgress):
    """Records the resident memory, in bytes, after each trial and each final training."""

    def __init__(self) -> None:
        self.after: list[int] = []
        self._process = psutil.Process()

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Record the memory after a trial."""
        del result, best, step
        self.after.append(self._process.memory_info().rss)


def main() -> None:
    """Search, then print the memory."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=200, help="number of trials, at least 20")
    trials = max(20, parser.parse_args().trials)
    memory = Memory()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tiny.py").write_text(SPACE, encoding="utf-8")
        tunebench.search(
            str(folder / "tiny.py"),
            dataset="digits",
            train_size=300,
            test_size=100,
            trials=trials,
            epochs=1,
            seeds=1,
            runs_dir=folder / "runs",
            progress=memory,
        )
    used = np.array(memory.after[:trials], float) / MEGABYTE
    warm = trials // 4
    slope = np.polyfit(np.arange(warm, trials), used[warm:], 1)[0]
    print(
        "trials done: " + ", ".join(f"{number + 1}: {used[number]:.0f} MB" for number in range(9, trials, 20))
    )
    print(f"after {trials} trials: {used[-1]:.0f} MB, at most {used.max():.0f} MB")
    print(f"memory per trial, after the first {warm}: {slope:.2f} MB")


if __name__ == "__main__":
    main()
