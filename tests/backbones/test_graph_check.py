"""A SavedModel with outside effects is refused before it is loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from tests.backbones import saved_models
from tunebench import backbones
from tunebench.backbones.graph_check import check_graph
from tunebench.errors import BackboneError

TARGET = Path("/tmp/tunebench-test-must-not-exist")  # noqa: S108 (the test checks that it is never written)


def _pooled(images: Any) -> Any:
    return tf.reduce_mean(images, axis=[1, 2])


def _write_file(images: Any) -> Any:
    tf.io.write_file(str(TARGET), "owned")
    return _pooled(images)


def _read_file(images: Any) -> Any:
    return _pooled(images) + tf.cast(tf.strings.length(tf.io.read_file("/etc/passwd")), tf.float32)


def _save_tensors(images: Any) -> Any:
    tf.raw_ops.SaveV2(
        prefix=str(TARGET), tensor_names=["x"], shape_and_slices=[""], tensors=[_pooled(images)]
    )
    return _pooled(images)


def _print_to_file(images: Any) -> Any:
    tf.print("owned", output_stream=f"file://{TARGET}")
    return _pooled(images)


def _in_a_branch(images: Any) -> Any:
    return tf.cond(tf.reduce_sum(images) > 1e9, lambda: _write_file(images), lambda: _pooled(images))


def _read_lines(images: Any) -> Any:
    lines = tf.data.TextLineDataset("/etc/passwd").reduce(0.0, lambda total, _: total + 1.0)
    return _pooled(images) + lines


@pytest.mark.parametrize(
    ("compute", "operation"),
    [
        (_write_file, "WriteFile"),
        (_read_file, "ReadFile"),
        (_save_tensors, "SaveV2"),
        (_print_to_file, "PrintV2"),
        (_in_a_branch, "WriteFile"),
        (_read_lines, "Dataset"),
    ],
)
def test_outside_effects_are_refused(tmp_path: Path, compute: Callable[[Any], Any], operation: str) -> None:
    """Models that read or write files, directly or in a branch, are refused and not run."""
    saved_models.save_function(tmp_path, compute)
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError, match=operation):
        backbones.facts()
    assert not list(TARGET.parent.glob(f"{TARGET.name}*"))


def test_networks_pass(tmp_path: Path) -> None:
    """A network with all common layers is allowed."""
    keras = tf.keras
    images = keras.Input((8, 8, 3))
    x = keras.layers.RandomFlip()(keras.layers.Rescaling(2.0)(images))
    x = keras.layers.Conv2D(4, 3, activation="relu")(x)
    x = keras.layers.BatchNormalization()(keras.layers.DepthwiseConv2D(3)(x))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Dropout(0.5)(keras.layers.MaxPooling2D()(x)))
    model = keras.Model(images, keras.layers.Dense(5, "softmax")(x))
    model.export(str(tmp_path), verbose=False)
    with backbones.use(str(tmp_path)):
        assert backbones.facts().num_features == 5


@pytest.mark.shared
def test_tf_hub_models_pass(shared: Path) -> None:
    """The models of TF Hub that tunebench is made for are allowed."""
    for name in ("feature_vector", "classification"):
        check_graph((shared / "models/mobilenet_v2_100_224" / name / "saved_model.pb").read_bytes())


def _with_unreferenced_function(tmp_path: Path) -> tuple[Any, Any, str]:
    """A SavedModel with an unreferenced function that writes a file; its objects; the function's name."""
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415

    saved_models.save_function(tmp_path, _write_file)
    graph = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes())
    objects = graph.meta_graphs[0].object_graph_def
    (name,) = [name for node in objects.nodes for name in node.function.concrete_functions]
    objects.concrete_functions.clear()
    for node in objects.nodes:
        node.user_object.identifier = "_generic_user_object"
    check_graph(graph.SerializeToString())
    return graph, objects, name


@pytest.mark.parametrize("kind", ["function", "bare_concrete_function"])
def test_function_without_description_is_refused(tmp_path: Path, kind: str) -> None:
    """A function that only an object names is checked too, because TensorFlow loads and runs it."""
    model, objects, name = _with_unreferenced_function(tmp_path)
    if kind == "function":
        objects.nodes[0].function.concrete_functions.append(name)
    else:
        objects.nodes[0].bare_concrete_function.concrete_function_name = name
    with pytest.raises(ValueError, match="WriteFile"):
        check_graph(model.SerializeToString())


def test_function_of_a_gradient_is_refused(tmp_path: Path) -> None:
    """Gradient functions are checked too, because training would run them."""
    model, _, name = _with_unreferenced_function(tmp_path)
    library = model.meta_graphs[0].graph_def.library
    library.registered_gradients.add(gradient_func=name, registered_op_type="Custom")
    with pytest.raises(ValueError, match="WriteFile"):
        check_graph(model.SerializeToString())


def test_several_graphs_are_refused(reusable: Path) -> None:
    """Files with several graphs, which TensorFlow loads the TensorFlow 1 way, are refused."""
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415

    double = saved_model_pb2.SavedModel.FromString((reusable / "saved_model.pb").read_bytes())
    double.meta_graphs.add().CopyFrom(double.meta_graphs[0])
    with pytest.raises(ValueError, match="2 graphs"):
        check_graph(double.SerializeToString())


def test_model_of_tensorflow_1_is_refused() -> None:
    """TensorFlow 1 models, which run a graph when they are loaded, are refused."""
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415

    old = saved_model_pb2.SavedModel()
    old.meta_graphs.add().graph_def.node.add().op = "NoOp"
    with pytest.raises(ValueError, match="TensorFlow 1"):
        check_graph(old.SerializeToString())
