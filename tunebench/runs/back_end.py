"""A run's back end in words."""

_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def back_end(backend: str, tensorflow: str | None) -> str:
    """A back end and its version, such as ``TensorFlow 2.21.0`` or ``JAX 0.10.2``.

    Args:
        backend: As recorded, see :class:`tunebench.records.EnvironmentRecord`.
        tensorflow: The same.
    """
    name, _, version = backend.partition(" ")
    return f"{_NAMES.get(name, name)} {tensorflow or version}".rstrip()
