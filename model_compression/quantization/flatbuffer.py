"""A .tflite file as a list of operators with the names of what goes in and out, and what they compute in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_compression.export.optional_package import needed

_NAMED = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 9: "int8"}


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    outputs: tuple[str, ...]
    activations: tuple[str, ...]  # inputs that are not constants
    precision: str  # of the first output
    input_shape: tuple[int, ...]  # of the first activation, channels last
    has_weights: bool
    activated: bool  # a ReLU is fused into it


@dataclass(frozen=True, slots=True)
class Graph:
    signature: str
    input_name: str  # by the signature
    outputs: tuple[str, ...]  # tensors
    operators: tuple[Operator, ...]


def read_graph(path: Path) -> Graph:
    """path: a .tflite file of one subgraph with one input."""
    utils = needed("ai_edge_quantizer.utils.tfl_flatbuffer_utils")
    schema = needed("ai_edge_litert.schema_py_generated")
    model = utils.read_model(str(path))
    subgraph = model.subgraphs[0]
    signature = model.signatureDefs[0]
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name[0] != "_"}
    tensors = subgraph.tensors
    return Graph(
        signature=_text(signature.signatureKey),
        input_name=_text(signature.inputs[0].name),
        outputs=tuple(_text(tensors[int(i)].name) for i in subgraph.outputs),
        operators=tuple(
            _operator(model, tensors, operator, names) for operator in subgraph.operators
        ),
    )


def _operator(model: Any, tensors: Any, operator: Any, names: dict[int, str]) -> Operator:
    code = model.operatorCodes[operator.opcodeIndex]
    inputs = [tensors[int(i)] for i in operator.inputs if i >= 0]
    outputs = [tensors[int(i)] for i in operator.outputs]

    def is_constant(tensor: Any) -> bool:
        return model.buffers[tensor.buffer].data is not None

    moving = [tensor for tensor in inputs if not is_constant(tensor)]
    return Operator(
        name=names[max(code.builtinCode, code.deprecatedBuiltinCode)],
        outputs=tuple(_text(tensor.name) for tensor in outputs),
        activations=tuple(_text(tensor.name) for tensor in moving),
        precision=_NAMED.get(outputs[0].type, "other"),
        input_shape=tuple(int(size) for size in moving[0].shape) if moving else (),
        has_weights=len(moving) < len(inputs),
        activated=bool(getattr(operator.builtinOptions, "fusedActivationFunction", 0)),
    )


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
