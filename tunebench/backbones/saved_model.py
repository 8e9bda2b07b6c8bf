"""A SavedModel: its function, and its files, kept in memory so that a ``.keras`` file can include them."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tunebench.backbones.graph_check import checked_graph
from tunebench.errors import BackboneError

_GRAPH = "saved_model.pb"
_IMAGES_RANK, _FEATURES_RANK, _CHANNELS = 4, 2, 3
# Image size of the trial call if a SavedModel takes any size.
_TRIED_SIZE = 224


@dataclass(frozen=True, eq=False)
class SavedModelFiles:
    """The content of a SavedModel folder.

    Attributes:
        contents: Bytes by relative POSIX path.
    """

    contents: dict[str, bytes]

    @classmethod
    def read(cls, folder: Path) -> "SavedModelFiles":
        """Read the files that belong to a SavedModel; others in the folder are ignored.

        Raises:
            BackboneError: A file cannot be read, or is a symbolic link.
        """
        try:
            return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)})
        except OSError as error:
            raise BackboneError(
                f"The SavedModel {folder} cannot be read: {error.strerror}. Fix its permissions."
            ) from error

    def write(self, folder: Path) -> None:
        """Write the files into an existing folder."""
        for name, content in self.contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def checked(self) -> "SavedModelFiles":
        """What of it may be loaded; see :func:`tunebench.backbones.graph_check.checked_graph`.

        Raises:
            ValueError: Its graph is refused, or missing.
            google.protobuf.message.DecodeError: It is damaged.
        """
        if _GRAPH not in self.contents:
            raise ValueError(f"it has no {_GRAPH}")
        others = {name: content for name, content in self.contents.items() if name != "fingerprint.pb"}
        return SavedModelFiles({**others, _GRAPH: checked_graph(self.contents[_GRAPH])})

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of names and contents, in hexadecimal."""
        digest = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class LoadedSavedModel:
    """A SavedModel that is ready to call.

    Attributes:
        files: Its files, as they were loaded.
        module: TensorFlow's object, which owns the variables.
        function: Maps float32 images ``(n, height, width, 3)`` to features, in inference mode.
        image_size: The required ``(height, width)``; ``None`` if any size works.
        num_features: Length of a feature vector.
        num_parameters: Number of weights.
    """

    files: SavedModelFiles
    module: Any
    function: Callable[[Any], Any]
    image_size: tuple[int, int] | None
    num_features: int
    num_parameters: int


# By SHA-256. A search builds the prefix again for each trial, and loading takes about a second.
_loaded: dict[str, LoadedSavedModel] = {}


def load(files: SavedModelFiles, *, source: str) -> LoadedSavedModel:
    """Load a SavedModel, once per process.

    Args:
        files: Its files.
        source: Where they come from, for error messages.

    Raises:
        BackboneError: TensorFlow cannot load it, or it does not map images to feature vectors.
    """
    if found := _loaded.get(files.sha256):
        return found
    require_tensorflow()
    with tempfile.TemporaryDirectory(prefix="tunebench-") as folder:
        try:
            checked = files.checked()
            checked.write(Path(folder))
            model = loaded(checked.sha256) or _load(checked, folder)
        # TensorFlow raises whatever its parts raise: OSError, ValueError, its own OpErrors, AttributeError, …
        except Exception as error:
            raise BackboneError(
                f"{source} cannot be used as a backbone: {' '.join(str(error).split())}. "
                "Expected a SavedModel that maps float images (n, height, width, 3) to features (n, size); "
                "pass --backbone another one, or --backbone keras."
            ) from error
    _loaded[files.sha256] = _loaded[checked.sha256] = model
    return model


def loaded(sha256: str) -> LoadedSavedModel | None:
    """A SavedModel that this process has already loaded, if any."""
    return _loaded.get(sha256)


def _load(files: SavedModelFiles, folder: str) -> LoadedSavedModel:
    import tensorflow as tf  # noqa: PLC0415 (slow to import)

    module = tf.saved_model.load(folder)
    function, concrete = _inference_function(module)
    height, width = _image_size(tf, concrete)
    example = function(tf.zeros((1, height or _TRIED_SIZE, width or _TRIED_SIZE, 3)))
    if not tf.is_tensor(example) or example.shape.rank != _FEATURES_RANK:
        shapes = tf.nest.map_structure(lambda tensor: tuple(tensor.shape), example)
        raise ValueError(f"its output has shape {shapes}")
    return LoadedSavedModel(
        files=files,
        module=module,
        function=function,
        image_size=(height, width) if height and width else None,
        num_features=int(example.shape[1]),
        num_parameters=sum(int(variable.shape.num_elements()) for variable in concrete.variables),
    )


def _inference_function(module: Any) -> tuple[Callable[[Any], Any], Any]:
    """A function from images to features, and a traced function that has its signature and variables."""
    if callable(module):
        call = module.__call__
        takes_training = "training" in call.function_spec.arg_names
        return (lambda images: call(images, training=False) if takes_training else call(images)), (
            call.concrete_functions[0]
        )
    signature = getattr(module, "signatures", {}).get("serving_default")
    if signature is None:
        raise ValueError("it is not callable and has no signature serving_default")
    (input_name,) = signature.structured_input_signature[1]
    (output_name,) = signature.structured_outputs
    return (lambda images: signature(**{input_name: images})[output_name]), signature


def _image_size(tf: Any, concrete: Any) -> tuple[int | None, int | None]:
    """The height and width that a traced function takes; ``None`` if any will do."""
    specification = tf.nest.flatten(concrete.structured_input_signature)[0]
    shape = specification.shape.as_list()
    if len(shape) != _IMAGES_RANK or shape[3] != _CHANNELS or not specification.dtype.is_floating:
        raise ValueError(f"it takes {specification.dtype.name} of shape {tuple(shape)}")
    return shape[1], shape[2]


def require_tensorflow() -> None:
    """Require Keras' TensorFlow back end.

    Raises:
        BackboneError: Keras runs on another back end.
    """
    import keras  # noqa: PLC0415 (slow to import)

    if keras.backend.backend() != "tensorflow":
        raise BackboneError(
            f"A SavedModel needs Keras' TensorFlow back end, but Keras runs on {keras.backend.backend()}. "
            "Set KERAS_BACKEND=tensorflow, or pass --backbone keras or a *.weights.h5 file."
        )


def _files(folder: Path) -> Iterator[Path]:
    for name in (_GRAPH, "fingerprint.pb", "variables", "assets"):
        top = folder / name
        for path in [top, *sorted(top.rglob("*"))]:
            # A link in a downloaded folder could point to any of the user's files, and saved models would
            # include that file.
            if path.is_symlink():
                raise BackboneError(
                    f"{path} is a symbolic link, but saved models include copies of a SavedModel's files. "
                    "Replace the link with the file; cp -rL copies a folder that way."
                )
            if path.is_file():
                yield path
