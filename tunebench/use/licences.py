"""Where a model's pretrained weights come from, and under which licence, as far as it is known."""

from pathlib import PurePath

from tunebench.records import RunRecord
from tunebench.use.escaping import text

_APACHE = (
    "Google publishes it under the Apache License 2.0: "
    "<https://github.com/tensorflow/models/tree/master/research/slim/nets/mobilenet>"
)

_OWN = "The licence of weights that the space's own code loads applies to this model, too."


def has_saved_model(record: RunRecord) -> bool:
    """Whether the model may hold a SavedModel, which tunebench's own layer loads."""
    handle = record.settings.get("backbone")
    return isinstance(handle, str) and handle != "keras" and not handle.endswith(".h5")


def weights_sentences(record: RunRecord) -> list[str]:
    """Source and licence of pretrained weights, in Markdown; without the folders of this machine.

    Args:
        record: The run's.

    Returns:
        Sentences; what the record says is escaped.
    """
    handle = record.settings.get("backbone")
    bundled = record.settings.get("space_source") == record.space
    if not isinstance(handle, str):
        if bundled:
            return ["None: all weights were trained from random ones."]
        return ["None that the record knows of.", _OWN]
    if bundled and record.space != "mobilenet_v2":
        return [_of_network(handle, text(record.space))]
    return [_source(handle)] if bundled else [f"If the space uses them: {_source(handle)}", _OWN]


def _of_network(handle: str, network: str) -> str:
    """Source and licence of a network of keras.applications."""
    if handle == "keras":
        return (
            f"{network} with ImageNet weights from keras.applications; <https://keras.io/api/applications/> "
            "names their publishers, whose licence is theirs."
        )
    return (
        f"{network} with weights from a local file, {text(PurePath(handle).name)}. Their licence is that of "
        "their publisher; the record does not have it."
    )


def _source(handle: str) -> str:
    if handle == "keras":
        return (
            "MobileNetV2 with ImageNet weights from keras.applications, which Keras converted from Google's; "
            f"{_APACHE}."
        )
    if handle.startswith("https://tfhub.dev/google/") and "mobilenet_v2" in handle:
        return f"MobileNetV2 with ImageNet weights from {text(handle)}; {_APACHE}."
    if handle.startswith(("http://", "https://")):
        return f"From {text(handle)}. Their licence is that of their publisher; the record does not have it."
    return (
        f"From a local file or folder, {text(PurePath(handle).name)}. Their licence is that of their "
        f"publisher; the record does not have it. If they are Google's MobileNetV2: {_APACHE}."
    )
