"""The versions that two machines must have in common for their scores to be of one search."""

from dataclasses import asdict

from tunebench import environment

_NAMES = ("tunebench", "keras", "backend", "tensorflow", "keras_tuner", "numpy")


def versions() -> dict[str, str | None]:
    """By package; imports Keras."""
    here = asdict(environment.collect())
    return {name: here[name] for name in _NAMES}
