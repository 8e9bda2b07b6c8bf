"""Refuse a SavedModel whose graph could touch files, the network or Python.

A SavedModel is a program, which is why Keras refuses to load one in safe mode. It may come from a URL, a
folder or another user's ``.keras`` file, so its graph is checked before it is loaded: operations that only
compute on tensors pass; operations with outside effects are refused.
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
# Parts of the names of operations that TensorFlow does not mark as stateful, although they access files or
# the network, run Python or end the process.
_STATELESS_REFUSED = ("Abort", "Dataset", "Debug", "File", "ImmutableConst", "PyFunc", "VocabRemapping")


def check_graph(saved_model: bytes) -> None:
    """Refuse a ``saved_model.pb`` with operations that an image network does not need.

    Only functions that loading or calling can run are checked: those of the object graph and the functions
    they call. This excludes the functions that save and restore checkpoints; TensorFlow 2 restores without
    them.

    Args:
        saved_model: The content of the file.

    Raises:
        ValueError: It is not a TensorFlow 2 SavedModel, or it has a refused operation.
        google.protobuf.message.DecodeError: The file is damaged.
    """
    from tensorflow.core.protobuf import saved_model_pb2  # noqa: PLC0415 (slow to import)

    meta_graphs = saved_model_pb2.SavedModel.FromString(saved_model).meta_graphs
    if any(not meta_graph.object_graph_def.nodes for meta_graph in meta_graphs):
        raise ValueError("it is a TensorFlow 1 model")
    # TensorFlow loads several graphs the TensorFlow 1 way, which runs operations outside the functions.
    if len(meta_graphs) != 1:
        raise ValueError(f"it has {len(meta_graphs)} graphs, but one was expected")
    (meta_graph,) = meta_graphs
    functions = {function.signature.name: function for function in meta_graph.graph_def.library.function}
    for operation in _operations(functions, _roots(meta_graph)):
        if not _is_allowed(operation):
            raise ValueError(f"its graph has the operation {operation}, which tunebench does not allow")


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
    yield from (gradient.gradient_func for gradient in meta_graph.graph_def.library.registered_gradients)


def _operations(functions: Mapping[str, Any], roots: Iterable[str]) -> Iterator[str]:
    """The operations of the named functions and of the functions they call."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in functions[name].node_def:
            # A call may also be an operation with the function's name.
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
