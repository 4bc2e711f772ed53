"""Static int8 for OpenVINO by NNCF: half of the weights' range, so that x86 without VNNI does not saturate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import quiet
from model_compression.quantization.stay_float import Kind, Layer, stay_float

Floats = NDArray[np.float32]
_SHAPE_ONLY = ("Reshape", "Transpose", "Convert", "Squeeze", "Unsqueeze")
_FLOAT_TYPES = ("Softmax", "MVN")


def quantize_openvino(
    onnx_file: Path, target: Path, samples: Sequence[Floats], *, recurrent: bool = False
) -> None:
    """onnx_file: a float .onnx of fixed shapes. target: .xml; its .bin is written beside it.

    recurrent: the part temporal, of whose few numbers the extremes count.
    """
    with quiet():
        openvino, nncf = needed("openvino"), needed("nncf")
        advanced = needed("nncf.quantization.advanced_parameters")
        model = openvino.convert_model(str(onnx_file))
        ignored = sorted(float_nodes_of(model) | _attention_of(model))
        quantized = nncf.quantize(
            model,
            nncf.Dataset(list(samples)),
            subset_size=len(samples),
            preset=nncf.QuantizationPreset.PERFORMANCE,
            ignored_scope=nncf.IgnoredScope(
                names=ignored, types=list(_FLOAT_TYPES), validate=False
            ),
            fast_bias_correction=True,
            advanced_parameters=advanced.AdvancedQuantizationParameters(
                overflow_fix=advanced.OverflowFix.ENABLE,
                **({"activations_range_estimator_params": _extremes()} if recurrent else {}),
            ),
        )
        openvino.save_model(quantized, str(target), compress_to_fp16=False)


def _extremes() -> Any:
    estimators = needed("nncf.quantization.range_estimator")
    return estimators.RangeEstimatorParametersSet.MINMAX


def float_nodes_of(model: Any) -> set[str]:
    """Names of the nodes of an OpenVINO model that stay float."""
    layers = [
        Layer(
            node.get_friendly_name(),
            _kind(node),
            _makers(node),
            of_one_channel=node.get_type_name() == "Convolution"
            and int(node.input(0).get_shape()[1]) == 1,
        )
        for node in model.get_ordered_ops()
        if _is_layer(node)
    ]
    outputs = {_source(result).get_friendly_name() for result in model.get_results()}
    return stay_float(layers, outputs)


def _attention_of(model: Any) -> set[str]:
    return {
        node.get_friendly_name()
        for node in model.get_ordered_ops()
        if _is_layer(node) and _kind(node) == "attention"
    }


def _is_layer(node: Any) -> bool:
    return node.get_type_name() not in ("Constant", "Parameter", "Result")


def _makers(node: Any) -> tuple[str, ...]:
    """Layers whose outputs go in, constants and what is computed of constants left out."""
    sources = (value.get_source_output().get_node() for value in node.inputs())
    return tuple(s.get_friendly_name() for s in sources if not _is_constant(s) and _is_layer(s))


def _is_constant(node: Any) -> bool:
    kind = node.get_type_name()
    if kind == "Constant":
        return True
    if kind == "Parameter":
        return False
    return all(_is_constant(value.get_source_output().get_node()) for value in node.inputs())


def _source(node: Any) -> Any:
    return node.input(0).get_source_output().get_node()


def _kind(node: Any) -> Kind:
    kind = node.get_type_name()
    if kind in ("Convolution", "GroupConvolution"):
        return "convolution"
    if kind == "MatMul":
        second = node.input(1).get_source_output().get_node()
        return "linear" if _is_constant(second) else "attention"
    if kind == "Relu":
        return "activation"
    if kind == "AvgPool":
        return "average"
    if kind in _SHAPE_ONLY:
        return "shape"
    if kind == "Add" and any(
        _is_constant(value.get_source_output().get_node()) for value in node.inputs()
    ):
        return "shape"
    return "other"
