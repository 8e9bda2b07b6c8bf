"""The Keras layer around a SavedModel; its files travel inside the ``.keras`` archive."""

from pathlib import Path
from typing import Any

import keras

from tunebench.backbones import saved_model
from tunebench.backbones.saved_model import LoadedSavedModel, SavedModelFiles
from tunebench.errors import BackboneError


@keras.saving.register_keras_serializable(package="tunebench")
class SavedModelBackbone(keras.layers.Layer):
    """A frozen SavedModel as a layer.

    tensorflow-hub's own KerasLayer is a layer of Keras 2, and Keras' TFSMLayer refers to a folder, cannot be
    loaded in safe mode and breaks when the folder has gone. This one saves the SavedModel's files as assets.

    Args:
        sha256: Of the SavedModel's files (`SavedModelFiles.sha256`), which this process has loaded, or
            which Keras is about to hand over by `load_assets`.
        num_features: Size of a feature vector.
        name: The layer's name.
        trainable: Ignored: the layer has no trainable weights.
        dtype: Ignored: a SavedModel computes in float32.

    Input shape:
        ``(n, height, width, 3)``, in the range that the SavedModel expects.

    Output shape:
        ``(n, num_features)``, float32.
    """

    def __init__(
        self,
        sha256: str,
        num_features: int,
        *,
        name: str | None = None,
        trainable: bool = False,
        dtype: Any = None,
    ) -> None:
        del trainable, dtype
        super().__init__(name=name, trainable=False, dtype="float32")
        self.sha256 = sha256
        self.num_features = num_features
        # XLA cannot be relied on to compile whatever a SavedModel holds.
        self.supports_jit = False
        self.built = True
        self._hold(saved_model.loaded(sha256))

    def call(self, images: Any) -> Any:
        """Features of images."""
        return self._require_loaded().function(images)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """``(n, num_features)``."""
        return input_shape[0], self.num_features

    @property
    def num_hidden_parameters(self) -> int:
        """How many weights the SavedModel has; Keras sees none of them."""
        return self._require_loaded().num_parameters

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; the SHA-256 makes the content part of every key made from it."""
        return {
            **super().get_config(),
            "sha256": self.sha256,
            "num_features": self.num_features,
        }

    def save_assets(self, folder: str) -> None:
        """Put the SavedModel's files into the archive that Keras is writing."""
        self._require_loaded().files.write(Path(folder))

    def load_assets(self, folder: str) -> None:
        """Load the SavedModel from the archive that Keras is reading.

        Raises:
            BackboneError: The files are not those that were saved.
        """
        files = SavedModelFiles.read(Path(folder))
        if files.sha256 != self.sha256:
            raise BackboneError(
                f"The SavedModel inside the saved model has SHA-256 {files.sha256}, expected {self.sha256}: "
                "the file is damaged or was altered. Train the model again."
            )
        self._hold(saved_model.load(files, source="The SavedModel inside the saved model"))

    def _hold(self, loaded: LoadedSavedModel | None) -> None:
        self._loaded = loaded
        # An attribute of the layer's own, so that exporting the model finds the variables.
        self.saved_model = None if loaded is None else loaded.module

    def _require_loaded(self) -> LoadedSavedModel:
        if self._loaded is None:
            raise BackboneError(
                f"The SavedModel with SHA-256 {self.sha256} is not loaded in this process. "
                "Build the backbone from its handle, or load the model from its .keras file."
            )
        return self._loaded
