"""The Keras layer around a SavedModel; the ``.keras`` archive contains the SavedModel's files."""

from pathlib import Path
from typing import Any

import keras

from tunebench.backbones import saved_model
from tunebench.backbones.saved_model import LoadedSavedModel, SavedModelFiles
from tunebench.errors import BackboneError


@keras.saving.register_keras_serializable(package="tunebench")
class SavedModelBackbone(keras.layers.Layer):
    """A frozen SavedModel as a layer.

    tensorflow-hub's KerasLayer is for Keras 2. Keras' TFSMLayer cannot be loaded in safe mode, and it refers
    to a folder, so it breaks when the folder is removed. This layer saves the SavedModel's files as assets.

    Args:
        sha256: `SavedModelFiles.sha256` of a SavedModel that is loaded, or that `load_assets` will load.
        num_features: Length of a feature vector.
        name: The layer's name.
        trainable: Ignored: the layer is frozen.
        dtype: Ignored: a SavedModel computes in float32.

    Input shape:
        ``(n, height, width, 3)``, float, in the range that the SavedModel expects.

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
        # A SavedModel may contain operations that XLA cannot compile.
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
        """Number of weights in the SavedModel; Keras does not see them."""
        return self._require_loaded().num_parameters

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; the SHA-256 identifies the content in cache keys."""
        return {**super().get_config(), "sha256": self.sha256, "num_features": self.num_features}

    def save_assets(self, folder: str) -> None:
        """Write the SavedModel's files to the archive that Keras is saving."""
        self._require_loaded().files.write(Path(folder))

    def load_assets(self, folder: str) -> None:
        """Load the SavedModel from the archive that Keras is loading.

        Raises:
            BackboneError: The files are not the ones that were saved.
        """
        files = SavedModelFiles.read(Path(folder))
        if files.sha256 != self.sha256:
            raise BackboneError(
                f"The SavedModel inside the saved model has SHA-256 {files.sha256}, expected {self.sha256}: "
                "the file is damaged or has been altered. Train the model again."
            )
        self._hold(saved_model.load(files, source="The SavedModel inside the saved model"))

    def _hold(self, loaded: LoadedSavedModel | None) -> None:
        self._loaded = loaded
        # As an attribute, so that exporting the model finds the variables.
        self.saved_model = None if loaded is None else loaded.module

    def _require_loaded(self) -> LoadedSavedModel:
        if self._loaded is None:
            raise BackboneError(
                f"The SavedModel with SHA-256 {self.sha256} is not loaded in this process. "
                "Build the backbone from its handle, or load the model from its .keras file."
            )
        return self._loaded
