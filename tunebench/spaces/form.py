"""The form in which a compiled model takes images and labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.spaces import losses
from tunebench.spaces.shapes import Shape, give_shapes, is_graph, shape_of, takes_grey

# Of red, green and blue in grey, as in keras.ops.image.rgb_to_grayscale.
_LUMA = (0.2989, 0.5870, 0.1140)


@dataclass(frozen=True)
class ModelForm:
    """How examples are handed to a model.

    Attributes:
        num_outputs: Size of its output: the number of classes, or 1 for a single probability of the second
            of two classes.
        one_hot: Whether its loss takes one-hot labels.
        grey: The shape of the grey images that it takes; ``None``: images as they are.
        declares_input: Whether Keras converts images to the type that it declared.
    """

    num_outputs: int
    one_hot: bool
    grey: Shape | None
    declares_input: bool

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return max(2, self.num_outputs)

    @classmethod
    def of(cls, model: Any, input_shape: Shape) -> "ModelForm":
        """The form of a compiled model.

        Args:
            model: From :meth:`tunebench.spaces.Space.build`.
            input_shape: Of one image, or of a frozen prefix's output for one image.
        """
        num_outputs = int(give_shapes(model, input_shape)[-1])
        graph = is_graph(model)
        return cls(
            num_outputs=num_outputs,
            one_hot=losses.wants_one_hot(model, num_outputs),
            grey=shape_of(model, "input")[1:] if graph and takes_grey(model, input_shape) else None,
            declares_input=graph,
        )

    def inputs(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """Images or features as the model takes them.

        Args:
            inputs: Of shape ``(n, …)``; images are ``uint8``.

        Returns:
            The same, as ``float32`` for a model that does not declare its input.
        """
        if self.grey is not None:
            grey = inputs @ np.asarray(_LUMA, np.float32)
            return np.asarray(grey.reshape(len(inputs), *inputs.shape[1:3], *self.grey[2:]))
        return inputs if self.declares_input else inputs.astype(np.float32)

    def labels(self, labels: NDArray[np.int64]) -> NDArray[Any]:
        """Labels as the loss takes them.

        Args:
            labels: ``int64`` of shape ``(n,)``.

        Returns:
            The same, or ``float32`` of shape ``(n, classes)``.
        """
        return np.eye(self.num_outputs, dtype=np.float32)[labels] if self.one_hot else labels
