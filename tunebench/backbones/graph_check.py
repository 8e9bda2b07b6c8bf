"""Refuse a SavedModel whose graph could touch files, the network or Python.

A SavedModel is a program. Keras will not load one in safe mode for that reason; ours comes from a URL, a
folder or a ``.keras`` file that somebody sent, so it is read before it is loaded. What computes on tensors
passes; what acts on the world outside does not.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# Operations with state that a network needs: its variables, calls and conditions, and chance.
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
# Of operations that TensorFlow does not call stateful, those whose name has one of these read files, write
# them, run Python, send tensors to an address, or end the process.
_STATELESS_REFUSED = ("Abort", "Dataset", "Debug", "File", "ImmutableConst", "PyFunc", "VocabRemapping")


def check_graph(saved_model: bytes) -> None:
    """Read a ``saved_model.pb`` and refuse what a network of images has no use for.

    Only functions that loading or calling can run are looked at: those of the object graph and what they
    call. The functions that save and restore checkpoints are not among them; TensorFlow 2 restores by itself.

    Args:
        saved_model: The file's content.

    Raises:
        ValueError: It is no SavedModel of TensorFlow 2, or it holds a refused operation.
        google.protobuf.message.DecodeError: It is damaged.
    """
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415 (seconds)

    meta_graphs = saved_model_pb2.SavedModel.FromString(saved_model).meta_graphs
    if any(not meta_graph.object_graph_def.nodes for meta_graph in meta_graphs):
        raise ValueError("it is of TensorFlow 1")
    # Several are loaded as TensorFlow 1 does, which runs the graph outside the functions.
    if len(meta_graphs) != 1:
        raise ValueError(f"it holds {len(meta_graphs)} graphs, where one was expected")
    (meta_graph,) = meta_graphs
    functions = {function.signature.name: function for function in meta_graph.graph_def.library.function}
    for operation in _operations(functions, _roots(meta_graph)):
        if not _is_allowed(operation):
            raise ValueError(f"its graph holds the operation {operation}, which tunebench does not run")


def _roots(meta_graph: Any) -> Iterator[str]:
    """The functions that loading or calling begins with.

    TensorFlow finds a function by the name that an object gives, also where ``concrete_functions``, which
    describes every function in a file that TensorFlow wrote, has no entry of that name.
    """
    yield from meta_graph.object_graph_def.concrete_functions
    for node in meta_graph.object_graph_def.nodes:
        yield from node.function.concrete_functions
        yield node.bare_concrete_function.concrete_function_name
        yield node.captured_tensor.concrete_function
    yield from (gradient.gradient_func for gradient in meta_graph.graph_def.library.registered_gradients)


def _operations(functions: Mapping[str, Any], roots: Iterable[str]) -> Iterator[str]:
    """The operations of the functions named, and of those that they call."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in functions[name].node_def:
            # A call may also stand as an operation that bears the function's name.
            if node.op in functions:
                waiting.append(node.op)
            else:
                yield node.op
            for attribute in node.attr.values():
                called = [attribute.func] if attribute.HasField("func") else attribute.list.func
                waiting += [function.name for function in called]


def _is_allowed(operation: str) -> bool:
    from tensorflow.python.framework import op_def_registry  # noqa: PLC0415 (as above)

    definition = op_def_registry.get(operation)
    if definition is None:
        return False
    if definition.is_stateful:
        return operation in _STATEFUL_ALLOWED
    return not any(word in operation for word in _STATELESS_REFUSED)
