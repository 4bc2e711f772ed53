"""What a model file really computes in: operators by precision, as the runtime has compiled them on this machine.

Proves that no layer of an int8 file has stayed float unintended: such an island costs ten times what it saves.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.inference.runtimes import RuntimeName
from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import quiet
from model_compression.quantization.flatbuffer import read_graph

_QGEMM_INPUTS_TO_BYTES = 8  # the eighth scales what goes out
CONVERSION = "conversion"  # from float to int8 or back
_WEIGHTED = frozenset(
    (
        *("Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul"),
        *("QLinearConv", "QGemm", "QLinearMatMul", "MatMulIntegerToFloat"),
        *("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"),
        *("Convolution", "GroupConvolution", "FullyConnected"),
    )
)


@dataclass(frozen=True, slots=True)
class OperatorCount:
    """`weighted`: a convolution or a linear layer, where nearly all of the time goes."""

    name: str
    precision: str  # int8, float32, …, or `conversion`
    weighted: bool
    count: int


def operators_of(path: Path, runtime: RuntimeName) -> list[OperatorCount]:
    """The most frequent first."""
    with quiet():
        if runtime == "onnx":
            found = Counter(_onnx(path))
        elif runtime == "litert":
            found = Counter(_litert(path))
        else:
            found = Counter(_openvino(path))
    return [
        OperatorCount(name, precision, weighted, count)
        for (name, precision, weighted), count in found.most_common()
    ]


def float_layers(operators: Iterable[OperatorCount]) -> int:
    """How many convolutions and linear layers compute in float."""
    return sum(o.count for o in operators if o.weighted and o.precision.startswith("float"))


def _onnx(path: Path) -> Iterable[tuple[str, str, bool]]:
    """Of the graph as ONNX Runtime's own optimizer leaves it, before layouts of one processor."""
    onnx, runtime = needed("onnx"), needed("onnxruntime")
    with tempfile.TemporaryDirectory(prefix="vigil-ops-") as folder:
        options = runtime.SessionOptions()
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(Path(folder) / "optimized.onnx")
        options.log_severity_level = 3
        runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        graph = onnx.load(options.optimized_model_filepath).graph
    constants = {tensor.name for tensor in graph.initializer}
    precision = {value.name: "float32" for value in graph.input}
    for node in graph.node:
        precisions = [precision[name] for name in node.input if name in precision]
        own = _onnx_precision(node, precisions)
        after = {"QuantizeLinear": "int8", "DequantizeLinear": "float32"}.get(node.op_type, own)
        if node.op_type == "MatMulIntegerToFloat" or _is_unrounded_sum(node):
            after = "float32"
        precision.update(dict.fromkeys(node.output, after))
        weighted = node.op_type in _WEIGHTED and bool(set(node.input) & constants)
        yield node.op_type, own, weighted and not _is_attention(node, constants)


def _onnx_precision(node: Any, of_inputs: list[str]) -> str:
    if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
        return CONVERSION
    if node.op_type.startswith(("QLinear", "QGemm", "MatMulInteger", "ConvInteger")):
        return "int8"
    return of_inputs[0] if of_inputs else "float32"


def _is_unrounded_sum(node: Any) -> bool:
    """A product of bytes whose sums are not rounded to bytes again."""
    return node.op_type == "QGemm" and len(node.input) < _QGEMM_INPUTS_TO_BYTES


def _is_attention(node: Any, constants: set[str]) -> bool:
    """Of a quantized product only the scales may be constants: then both factors are activations."""
    return node.op_type == "QLinearMatMul" and node.input[3] not in constants


def _litert(path: Path) -> Iterable[tuple[str, str, bool]]:
    for operator in read_graph(path).operators:
        if operator.name in ("QUANTIZE", "DEQUANTIZE"):
            yield operator.name, CONVERSION, False
        else:
            weighted = operator.name in _WEIGHTED and operator.has_weights
            yield operator.name, operator.precision, weighted


def _openvino(path: Path) -> Iterable[tuple[str, str, bool]]:
    """As the CPU plugin runs it."""
    openvino = needed("openvino")
    hint = {"INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(str(path), "CPU", hint).get_runtime_model()
    for node in model.get_ordered_ops():
        told = node.get_rt_info()
        name = str(told["layerType"].astype(str))
        if name in ("Input", "Output", "Const", "Parameter", "Result"):
            continue
        precision = str(told["runtimePrecision"].astype(str))
        named = {"f32": "float32", "f16": "float16", "bf16": "float16", "i8": "int8", "u8": "int8"}
        weighted = name in _WEIGHTED
        yield name, named.get(precision.lower(), precision), weighted
