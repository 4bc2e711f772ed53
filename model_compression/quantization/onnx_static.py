"""Static int8 for ONNX Runtime: unsigned activations, signed weights by channel, as nodes in QDQ form.

On x86 without VNNI the products of two bytes are added in pairs in 16 bits, which saturate with 8-bit weights; with 7
bits they cannot. TensorRT wants signed activations without a zero point, rounded before a layer and nowhere else, so
that it can fuse what follows the sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import quiet
from model_compression.quantization.stay_float import Kind, Layer, stay_float

Floats = NDArray[np.float32]
_QUANTIZED = ("Conv", "Gemm", "Relu", "Add", "Concat", "Resize", "Reshape", "Transpose", "Split")
_QUANTIZED_FOR_TENSORRT = ("Conv", "Gemm", "Add")
_WEIGHTED = ("Conv", "Gemm", "MatMul")
_SHAPE_ONLY = ("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Identity")


def quantize_onnx(
    source: Path,
    target: Path,
    samples: Sequence[Floats],
    *,
    weight_bits: int = 7,
    symmetric: bool = False,
    recurrent: bool = False,
) -> None:
    """source: a float .onnx of fixed shapes. samples: inputs that stand for all. symmetric: for TensorRT.

    recurrent: the part temporal, whose sums are not rounded.
    """
    onnx = needed("onnx")
    quantization = needed("onnxruntime.quantization")
    model = onnx.load(str(source))
    signed = quantization.QuantType.QInt8
    kinds = _QUANTIZED_FOR_TENSORRT if symmetric else _QUANTIZED
    unrounded = list(kinds) if symmetric or recurrent else []
    with quiet():
        quantization.quantize_static(
            model,
            str(target),
            _reader(quantization, model.graph.input[0].name, samples),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(kinds),
            nodes_to_exclude=sorted(float_nodes_of(model)),
            per_channel=True,
            reduce_range=weight_bits == 7,
            activation_type=signed if symmetric else quantization.QuantType.QUInt8,
            weight_type=signed,
            # The mean of the pictures' extremes: one wild pixel must not make all others coarse. A step of a memory
            # has few numbers, and none of them is wild.
            extra_options={
                "ActivationSymmetric": symmetric,
                "CalibMovingAverage": not recurrent,
                "OpTypesToExcludeOutputQuantization": unrounded,
            },
        )


def float_nodes_of(model: Any) -> set[str]:
    """Names of the nodes of an ONNX model that stay float."""
    constants = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    maker = {output: node.name for node in model.graph.node for output in node.output}
    layers = [
        Layer(
            node.name,
            _kind(node, constants),
            tuple(maker[name] for name in node.input if name in maker),
            of_one_channel=node.op_type == "Conv" and _reads_one_channel(node, constants),
        )
        for node in model.graph.node
    ]
    return stay_float(layers, {maker[output.name] for output in model.graph.output})


def float_layers_meant(model: Any) -> int:
    """How many convolutions and linear layers of a float ONNX model stay float in its int8 file."""
    meant = float_nodes_of(model)
    return sum(node.name in meant and node.op_type in _WEIGHTED for node in model.graph.node)


def layers_with_float_weights(model: Any) -> int:
    """How many convolutions and linear layers of a QDQ graph read float weights, whoever runs it."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return sum(
        node.op_type in _WEIGHTED and node.input[1] in constants for node in model.graph.node
    )


def _reads_one_channel(node: Any, constants: dict[str, tuple[int, ...]]) -> bool:
    groups = [attribute.i for attribute in node.attribute if attribute.name == "group"]
    return constants[node.input[1]][1] == 1 and groups in ([], [1])


def _kind(node: Any, constants: Collection[str]) -> Kind:
    if node.op_type == "Conv":
        return "convolution"
    if node.op_type == "Gemm":
        return "linear"
    if node.op_type == "MatMul":
        return "linear" if set(node.input) & set(constants) else "attention"
    if node.op_type == "Relu":
        return "activation"
    if node.op_type == "AveragePool":
        return "average"
    if node.op_type in _SHAPE_ONLY:
        return "shape"
    return "other"


def _reader(quantization: Any, input_name: str, samples: Sequence[Floats]) -> Any:
    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left: Iterator[Floats] = iter(samples)

        def get_next(self) -> dict[str, Floats] | None:
            sample = next(self._left, None)
            return None if sample is None else {input_name: sample}

    return Reader()
