"""What an ONNX model computes, what ONNX Runtime spends its time on, and how fast this machine multiplies bytes."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIDE = 1024  # of the matrices
_PASSES = 60
_MATRIX_PASSES = 12
_KERNEL = "_kernel_time"


@dataclass(frozen=True, slots=True)
class Work:
    """Multiplications of one forward pass, in thousands of millions."""

    gmac: float


def forward_work(content: bytes) -> Work:
    """content: an .onnx file of fixed shapes."""
    import onnx

    model = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        shapes[value.name] = tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
    return Work(sum(_multiplications(node, shapes) for node in model.graph.node) / 1e9)


def _multiplications(node: Any, shapes: dict[str, tuple[int, ...]]) -> int:
    if node.op_type not in ("Conv", "Gemm", "MatMul"):
        return 0
    out, weights = shapes[node.output[0]], shapes[node.input[1]]
    if node.op_type == "Conv":
        return math.prod(out) * math.prod(weights[1:])
    return math.prod(out) * shapes[node.input[0]][-1]


def int8_peak_gmac_s() -> float:
    """The best of several large products of bytes, weights of 7 bits, on one thread; 10^9 multiplications a second."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights = rng.integers(-63, 64, (_SIDE, _SIDE)).astype(np.int8)
    constants = {
        "a_scale": np.float32(0.02),
        "a_zero": np.uint8(128),
        "b": weights,
        "b_scale": np.float32(0.01),
        "b_zero": np.int8(0),
        "y_scale": np.float32(0.3),
        "y_zero": np.uint8(128),
    }
    node = helper.make_node("QLinearMatMul", ["a", *constants], ["y"])
    shape = [_SIDE, _SIDE]
    graph = helper.make_graph(
        [node],
        "peak",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, shape)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = _session(model.SerializeToString())
    given = {"a": rng.integers(0, 256, shape).astype(np.uint8)}
    seconds = []
    for _ in range(_MATRIX_PASSES):
        begun_s = time.perf_counter()
        session.run(None, given)
        seconds.append(time.perf_counter() - begun_s)
    return _SIDE**3 / min(seconds) / 1e9


def time_by_work(
    content: bytes, given: dict[str, NDArray[np.float32]]
) -> dict[str, tuple[float, float | None]]:
    """Kind of work -> its share of the kernels' time, and its 10^9 multiplications a second where it multiplies."""
    import onnx

    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        optimized = Path(folder) / "optimized.onnx"
        session = _session(content, profile=str(Path(folder) / "profile"), keep=str(optimized))
        for _ in range(_PASSES):
            session.run(None, given)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        graph = onnx.load(str(optimized)).graph
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    # ONNX Runtime calls a node without a name by its kind and number.
    nodes = {node.name or f"{node.op_type}_{n}": node for n, node in enumerate(graph.node)}
    taken: defaultdict[str, list[float]] = defaultdict(list)
    shapes: dict[str, tuple[int, ...]] = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(_KERNEL):
            name = event["name"].removesuffix(_KERNEL)
            taken[name].append(event["dur"])
            shapes[name] = tuple(next(iter(event["args"]["output_type_shape"][0].values())))
    total_us: defaultdict[str, float] = defaultdict(float)
    macs: defaultdict[str, int] = defaultdict(int)
    for name, durations in taken.items():
        kind, multiplications = _kind(nodes[name], weights, shapes[name])
        total_us[kind] += float(np.median(durations))
        macs[kind] += multiplications
    whole = sum(total_us.values())
    return {
        kind: (us / whole, macs[kind] / us / 1e3 if macs[kind] else None)
        for kind, us in sorted(total_us.items(), key=lambda item: -item[1])
    }


def _kind(node: Any, weights: dict[str, tuple[int, ...]], out: tuple[int, ...]) -> tuple[str, int]:
    if "Conv" in node.op_type:
        shape = next(weights[name] for name in node.input if len(weights.get(name, ())) == 4)
        multiplications = math.prod(out) * math.prod(shape[1:])
        if shape[1] == 1 and shape[0] > 1 and node.op_type == "QLinearConv":
            return "depthwise convolutions", multiplications
        if shape[1] == 1:
            return "the first convolution", multiplications
        return "other convolutions", multiplications
    if "Add" in node.op_type:
        return "additions", 0
    if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
        return "conversions", 0
    if node.op_type in ("QGemm", "QLinearMatMul"):
        return "linear layers", 0
    if node.op_type in ("Gemm", "FusedGemm"):
        return "last linear layers", 0
    if "MatMul" in node.op_type or "Softmax" in node.op_type or "Norm" in node.op_type:
        return "attention and norms", 0
    return "moving data", 0


def _session(content: bytes, *, profile: str = "", keep: str = "") -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
        options.optimized_model_filepath = keep
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
