"""Find code in a model that is neither Keras' nor tunebench's own."""

from collections.abc import Iterator, Mapping
from typing import Any


def foreign_code(model: Any) -> str | None:
    """Name a class or function in a model whose behaviour its configuration and weights do not determine.

    Args:
        model: A ``keras.Model``.

    Returns:
        Its name, such as ``MyLayer`` or ``Lambda``; ``None`` if all code is Keras' or tunebench's own.
    """
    import keras  # noqa: PLC0415 (seconds; the command line's help does without)

    return foreign_in(keras.saving.serialize_keras_object(model))


def foreign_in(config: Any) -> str | None:
    """The same of a model's configuration, as in the ``config.json`` of a ``.keras`` file."""
    return next(_foreign(config), None)


def _foreign(serialised: Any) -> Iterator[str]:
    if isinstance(serialised, list | tuple):
        for item in serialised:
            yield from _foreign(item)
    elif isinstance(serialised, Mapping):
        if "class_name" in serialised and not _is_known(serialised):
            is_function = serialised["class_name"] == "function"
            yield str(serialised["config"] if is_function else serialised["class_name"])
        for item in serialised.values():
            yield from _foreign(item)


def _is_known(serialised: Mapping[str, Any]) -> bool:
    name, module = str(serialised["class_name"]), serialised.get("module")
    if "lambda" in name.lower():
        return False
    if module is None:
        # Keras marks its own notation, such as __keras_tensor__, with underscores.
        return name.startswith("__")
    return str(module).partition(".")[0] in {"keras", "tunebench"}
