"""Refuse a SavedModel whose graph could touch files, the network or Python.

A SavedModel is a program, which is why Keras refuses to load one in safe mode. It may come from a URL, a
folder or another user's ``.keras`` file, so its graph is checked before it is loaded: operations that only
compute on tensors pass; operations with outside effects are refused. TensorFlow then gets only what was
checked, because it can replace a function by another one of its library that nothing refers to.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# Stateful operations that a network needs: variables, calls, control flow and random numbers.
_STATEFUL_ALLOWED = {
    "Assert",
    "AssignAddVariableOp",
    "AssignSubVariableOp",
    "AssignVariableOp",
    "DisableCopyOnRead",
    "If",
    "Multinomial",
    "ParameterizedTruncatedNormal",
    "RandomGamma",
    "RandomShuffle",
    "RandomStandardNormal",
    "RandomUniform",
    "RandomUniformInt",
    "ReadVariableOp",
    "RngReadAndSkip",
    "RngSkip",
    "StatefulPartitionedCall",
    "TruncatedNormal",
    "VarHandleOp",
    "VarIsInitializedOp",
    "While",
}
# Attributes with free text that name neither a file nor code.
_HARMLESS_TEXTS = {
    "activation_mode",
    "allowed_devices",
    "bad_indices_policy",
    "config",
    "config_proto",
    "container",
    "data_format",
    "debug_name",
    "dimension_numbers",
    "dst_format",
    "equation",
    "executor_type",
    "fill_mode",
    "frame_name",
    "fused_ops",
    "interpolation",
    "kernel_type",
    "message",
    "noise",
    "padding",
    "placeholder",
    "precision_config",
    "shared_name",
    "src_format",
    "template",
}
# Parts of the names of operations that TensorFlow does not mark as stateful, although they access files or
# the network, run Python or end the process.
_STATELESS_REFUSED = ("Abort", "Dataset", "Debug", "File", "ImmutableConst", "PyFunc", "VocabRemapping")


def checked_graph(saved_model: bytes) -> bytes:
    """Check a ``saved_model.pb`` and reduce it to what was checked.

    What remains are the functions of the object graph and those that they call, without attributes that name
    other functions or configure the runtime. Gone are the functions that save and restore checkpoints, which
    TensorFlow 2 does not need, and gradients: a backbone is frozen.

    Args:
        saved_model: The content of the file.

    Returns:
        The content to load instead; of a file that was already reduced, the same content.

    Raises:
        ValueError: It is not a TensorFlow 2 SavedModel, or it has an operation that an image network does not
            need.
        google.protobuf.message.DecodeError: The file is damaged.
    """
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415 (slow to import)

    model = saved_model_pb2.SavedModel.FromString(saved_model)
    if any(not meta_graph.object_graph_def.nodes for meta_graph in model.meta_graphs):
        raise ValueError("it is a TensorFlow 1 model")
    # TensorFlow loads several graphs the TensorFlow 1 way, which runs operations outside the functions.
    if len(model.meta_graphs) != 1:
        raise ValueError(f"it has {len(model.meta_graphs)} graphs, but one was expected")
    (meta_graph,) = model.meta_graphs
    library = meta_graph.graph_def.library
    functions = {function.signature.name: function for function in library.function}
    called = _called(functions, _roots(meta_graph))
    for name in called:
        _reduce(functions[name], functions)
    kept = [function for name, function in functions.items() if name in called]
    graph = meta_graph.graph_def
    for field in ("node", "library"):
        graph.ClearField(field)
    for field in ("collection_def", "saver_def"):
        meta_graph.ClearField(field)
    meta_graph.meta_info_def.ClearField("stripped_op_list")
    graph.library.function.extend(kept)
    model.DiscardUnknownFields()
    return bytes(model.SerializeToString(deterministic=True))


def _roots(meta_graph: Any) -> Iterator[str]:
    """Names of the functions that loading or calling starts from.

    The names in the objects count too: TensorFlow finds a function by them even if the object graph's
    ``concrete_functions``, which lists every function in files written by TensorFlow, has no entry for it.
    """
    yield from meta_graph.object_graph_def.concrete_functions
    for node in meta_graph.object_graph_def.nodes:
        yield from node.function.concrete_functions
        yield node.bare_concrete_function.concrete_function_name
        yield node.captured_tensor.concrete_function


def _called(functions: Mapping[str, Any], roots: Iterable[str]) -> set[str]:
    """The named functions and those that they call."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in functions[name].node_def:
            # A call may also be an operation with the function's name.
            waiting.append(node.op)
            for attribute in node.attr.values():
                called = [attribute.func] if attribute.HasField("func") else attribute.list.func
                waiting += [function.name for function in called]
    return seen


def _reduce(function: Any, functions: Mapping[str, Any]) -> None:
    """Refuse a function's operations that are not allowed, and drop attributes that lead elsewhere.

    Raises:
        ValueError: An operation is not allowed.
    """
    for name in set(function.attr) - {"_input_shapes"}:
        del function.attr[name]
    for node in function.node_def:
        if node.op not in functions and not _is_allowed(node.op):
            raise ValueError(f"its graph has the operation {node.op}, which tunebench does not allow")
        node.attr.pop("_gradient_op_type", None)
        if "config_proto" in node.attr:
            node.attr["config_proto"].s = b""


def _is_allowed(operation: str) -> bool:
    from tensorflow.python.framework import op_def_registry  # noqa: PLC0415 (as above)

    definition = op_def_registry.get(operation)
    if definition is None:
        return False
    if definition.is_stateful:
        return operation in _STATEFUL_ALLOWED
    if any(word in operation for word in _STATELESS_REFUSED):
        return False
    # DecodeProtoV2, for example, reads the file that its attribute descriptor_source names.
    texts = {
        each.name for each in definition.attr if "string" in each.type and not each.HasField("allowed_values")
    }
    return texts <= _HARMLESS_TEXTS
