"""A folder in which commands run on a back end of Keras, and the commands that several tests share."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tunebench.runs import Run, read_run

SMALL = ("--dataset", "digits", "--train-size", "300", "--test-size", "50", "--seeds", "1", "--epochs", "2")
SEARCH = (*SMALL, "--no-augment")
RANDOM = ("search", "tiny.py", *SEARCH, "--tuner", "random", "--trials", "2", "--no-prune")
# The fourth trial continues an earlier one's training.
_PROMOTING = ("--tuner", "hyperband", "--trials", "4", "--epochs", "3")
HYPERBAND = ("search", "tiny.py", *SEARCH, *_PROMOTING, "--name", "hyperband")
# Vectors of features from a frozen part.
PREFIXED_SPACE = '''\
"""A tiny network on frozen features."""

import keras
from keras import layers


def frozen_prefix(hp, input_shape):
    images = keras.Input(input_shape, dtype="uint8")
    pooled = layers.MaxPooling2D(4)(layers.Rescaling(1 / 255)(images))
    return keras.Model(images, layers.Flatten()(pooled))


def build(hp, input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), layers.Dense(num_classes, "softmax")])
    optimizer = keras.optimizers.Adam(hp.Choice("learning_rate", [0.003, 0.01, 0.03], default=0.01))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
'''


@dataclass(frozen=True)
class Command:
    """What a command did: see ``commands.py``."""

    status: int
    out: str
    err: str
    tensorflow: bool


@dataclass(frozen=True)
class Lab:
    """A folder with spaces, and a back end that commands run on there.

    Attributes:
        backend: ``jax`` or ``torch``.
        folder: Where ``tiny.py``, ``prefixed.py`` and the runs are.
    """

    backend: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Environment variables of a command."""
        return {
            **os.environ,
            "KERAS_BACKEND": self.backend,
            "TUNEBENCH_CACHE_DIR": str(self.folder / "cache"),
            # The same programs are compiled by several processes.
            "JAX_COMPILATION_CACHE_DIR": str(self.folder / "compiled"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        }

    def do(self, *commands: tuple[str, ...]) -> list[Command]:
        """Run commands one after the other in a process of their own, which prints nothing else."""
        return [Command(**each) for each in json.loads(self.script("commands", json.dumps(commands)))]

    def script(self, module: str, *arguments: str) -> str:
        """Run a script of this package in a separate process; returns what it printed, without messages."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.backends.{module}", *arguments],
            cwd=self.folder,
            env={**self.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def kill(self, command: tuple[str, ...], file: Path) -> None:
        """Start a command and kill it when it has written the first line of a file."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tunebench", *command],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not (self.folder / file).exists() or b"\n" not in (self.folder / file).read_bytes():
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.wait()

    def run(self, name: str, runs: str = "runs") -> Run:
        """A finished run."""
        return read_run(self.folder / runs / "digits" / name)
