"""Static int8 for LiteRT by ai-edge-quantizer: signed activations, signed weights by channel.

XNNPACK widens bytes to 16 bits before it multiplies, or has dot products of bytes: nothing saturates, 8 bits serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import quiet
from model_compression.quantization.flatbuffer import Graph, Operator, read_graph
from model_compression.quantization.stay_float import Kind, Layer, stay_float

Floats = NDArray[np.float32]
# The parts of a LayerNorm and a softmax lose too much in 8 bits: they stay float, with attention's own products.
_FLOAT_OPERATORS = (
    *("BATCH_MATMUL", "SOFTMAX", "MEAN", "SQUARED_DIFFERENCE", "RSQRT", "SUB", "MUL"),
    *("DIV", "SQRT"),
)
_SHAPE_ONLY = ("RESHAPE", "TRANSPOSE", "PAD")
_SUM = "/sum"  # what an operator adds up before the ReLU that is fused into it


def quantize_litert(
    source: Path, target: Path, samples: Sequence[Floats], *, recurrent: bool = False
) -> None:
    """source: a float .tflite with one input. samples: inputs that stand for all.

    recurrent: the part temporal, of whose few numbers the extremes count.
    """
    with quiet():
        quantizer_module = needed("ai_edge_quantizer.quantizer")
        recipes = needed("ai_edge_quantizer.recipe_manager")
        names = needed("ai_edge_quantizer.qtyping").TFLOperationName
        graph = read_graph(source)
        quantizer = quantizer_module.Quantizer(str(source))
        quantizer.add_static_config(
            regex=".*",
            operation_name=names.ALL_SUPPORTED,
            activation_num_bits=8,
            weight_num_bits=8,
        )
        whole = [(names.INPUT, ".*"), (names.OUTPUT, ".*")]
        single = [(names.ALL_SUPPORTED, f"^{re.escape(o)};?$") for o in _stay_float(graph)]
        for operation, regex in whole + single:
            quantizer.update_quantization_recipe(
                regex=regex,
                operation_name=operation,
                algorithm_key=recipes.AlgorithmName.NO_QUANTIZE,
            )
        shown = [{graph.input_name: sample} for sample in samples]
        # What is measured over several samples is a moving average.
        together = [[each] for each in shown] if recurrent else [shown]
        ranges = _widest(
            quantizer.calibrate({graph.signature: each}, num_threads=1) for each in together
        )
        quantizer.quantize(ranges, enable_progress_report=False).export_model(
            str(target), overwrite=True
        )


def _widest(measured: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """By tensor the `min` of all minima and the `max` of all maxima."""
    widest: dict[str, Any] = {}
    for ranges in measured:
        for tensor, found in ranges.items():
            known = widest.setdefault(tensor, dict(found))
            for bound, wider in (("min", np.minimum), ("max", np.maximum)):
                if bound in found:
                    known[bound] = wider(known[bound], found[bound])
    return widest


def _stay_float(graph: Graph) -> set[str]:
    """Names of the output tensors of operators that are not quantized."""
    layers: list[Layer] = []
    for operator in graph.operators:
        name = operator.outputs[0]
        if operator.activated:
            layers.append(_layer(operator, name + _SUM))
            layers.append(Layer(name, "activation", (name + _SUM,)))
        else:
            layers.append(_layer(operator, name))
    found = {name.removesuffix(_SUM) for name in stay_float(layers, set(graph.outputs))}
    return found | {
        operator.outputs[0] for operator in graph.operators if operator.name in _FLOAT_OPERATORS
    }


def _layer(operator: Operator, name: str) -> Layer:
    kind = _kind(operator)
    one = kind == "convolution" and operator.input_shape[-1:] == (1,)
    return Layer(name, kind, operator.activations, of_one_channel=one)


def _kind(operator: Operator) -> Kind:
    if operator.name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return "convolution"
    if operator.name == "FULLY_CONNECTED":
        return "linear"
    if operator.name == "BATCH_MATMUL":
        return "attention"
    if operator.name == "AVERAGE_POOL_2D":
        return "average"
    return "shape" if operator.name in _SHAPE_ONLY else "other"
