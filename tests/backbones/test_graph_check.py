"""A SavedModel with outside effects is refused before it is loaded."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from tests.backbones import saved_models
from tunebench import backbones
from tunebench.backbones.graph_check import checked_graph
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


def _decode_message(images: Any) -> Any:
    # Its attribute descriptor_source names a file.
    decoded = tf.raw_ops.DecodeProtoV2(
        bytes=tf.constant([b""]),
        message_type="tensorflow.TensorShapeProto",
        field_names=["unknown_rank"],
        output_types=[tf.bool],
        descriptor_source="local://",
    )
    return _pooled(images) + tf.cast(decoded.values[0][0, 0], tf.float32)


@pytest.mark.parametrize(
    ("compute", "operation"),
    [
        (_write_file, "WriteFile"),
        (_read_file, "ReadFile"),
        (_save_tensors, "SaveV2"),
        (_print_to_file, "PrintV2"),
        (_in_a_branch, "WriteFile"),
        (_read_lines, "Dataset"),
        (_decode_message, "DecodeProtoV2"),
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
        graph = (shared / "models/mobilenet_v2_100_224" / name / "saved_model.pb").read_bytes()
        assert checked_graph(checked_graph(graph)) == checked_graph(graph)


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
    assert b"WriteFile" not in checked_graph(graph.SerializeToString())
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
        checked_graph(model.SerializeToString())


def test_function_of_a_gradient_does_not_reach_tensorflow(tmp_path: Path) -> None:
    """A function that only a gradient names is dropped with the gradient."""
    model, _, name = _with_unreferenced_function(tmp_path)
    library = model.meta_graphs[0].graph_def.library
    library.registered_gradients.add(gradient_func=name, registered_op_type="Custom")
    library.gradient.add(function_name="any", gradient_func=name)
    assert name.encode() not in checked_graph(model.SerializeToString())


@pytest.fixture
def swapped(tmp_path: Path) -> Path:
    """A SavedModel with two functions of one interface, of which TensorFlow may run either.

    Its objects refer to the harmless one; on a CPU, TensorFlow prefers the one that writes a file.
    """
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415

    class Swapped(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.float32)])
        def __call__(self, images: Any) -> Any:
            return good(images)

    @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.float32)])
    def good(images: Any) -> Any:
        return tf.reduce_mean(images, axis=[1, 2])

    saved_models._save(Swapped(), tmp_path)
    path = tmp_path / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    library = model.meta_graphs[0].graph_def.library
    (harmless,) = [each for each in library.function if "inference_good" in each.signature.name]
    bad = library.function.add()
    bad.CopyFrom(harmless)
    bad.signature.name = "bad"
    for name, value in (("filename", str(TARGET)), ("contents", "owned")):
        constant = bad.node_def.add(name=name, op="Const")
        constant.attr["dtype"].type = tf.string.as_datatype_enum
        constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    bad.node_def.add(name="write", op="WriteFile", input=["filename:output:0", "contents:output:0"])
    bad.control_ret["write"] = "write"
    bad.signature.control_output.append("write")
    for function, device in ((harmless, "GPU"), (bad, "CPU")):
        function.attr["api_implements"].s = b"either"
        function.attr["api_preferred_device"].s = device.encode()
    path.write_bytes(model.SerializeToString())
    return tmp_path


def test_tensorflow_cannot_swap_a_function_for_an_unchecked_one(swapped: Path, tmp_path: Path) -> None:
    """Neither in training, nor when the ``.keras`` file is loaded, which holds only what was checked."""
    import keras  # noqa: PLC0415

    tf.saved_model.load(str(swapped))(tf.zeros((1, 8, 8, 3)))
    assert TARGET.exists(), "TensorFlow no longer swaps functions, so this test shows nothing"
    TARGET.unlink()
    with backbones.use(str(swapped)):
        model = backbones.mobilenet_v2((8, 8, 3))
        model.predict(tf.zeros((1, 8, 8, 3)), verbose=0)
    model.save(tmp_path / "model.keras")
    backbones.saved_model._loaded.clear()
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.predict(tf.zeros((1, 8, 8, 3)), verbose=0)
    assert not TARGET.exists()
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert not any(b"WriteFile" in archive.read(name) for name in archive.namelist())


def test_several_graphs_are_refused(reusable: Path) -> None:
    """Files with several graphs, which TensorFlow loads the TensorFlow 1 way, are refused."""
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415

    double = saved_model_pb2.SavedModel.FromString((reusable / "saved_model.pb").read_bytes())
    double.meta_graphs.add().CopyFrom(double.meta_graphs[0])
    with pytest.raises(ValueError, match="2 graphs"):
        checked_graph(double.SerializeToString())


def test_model_of_tensorflow_1_is_refused() -> None:
    """TensorFlow 1 models, which run a graph when they are loaded, are refused."""
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415

    old = saved_model_pb2.SavedModel()
    old.meta_graphs.add().graph_def.node.add().op = "NoOp"
    with pytest.raises(ValueError, match="TensorFlow 1"):
        checked_graph(old.SerializeToString())
