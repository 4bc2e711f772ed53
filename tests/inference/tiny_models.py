"""The smallest models of each runtime: output number i is i + the sum of the input, all over its shape."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Shape = tuple[int, ...]


def litert_model(input_name: str, input_shape: Shape, outputs: Mapping[str, Shape]) -> bytes:
    """As converters write it: tensors carry made-up names, the signature the real ones, in another order."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    tensors: list[Any] = []
    buffers: list[Any] = [schema.BufferT()]
    operators: list[Any] = []

    def tensor(name: str, shape: Shape, content: np.ndarray | None = None) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.buffer = name.encode(), list(shape), 0
        made.type = schema.TensorType.FLOAT32
        if content is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(content.tobytes(), np.uint8)
            made.buffer = len(buffers)
            made.type = {"f": schema.TensorType.FLOAT32, "i": schema.TensorType.INT32}[
                content.dtype.kind
            ]
            buffers.append(buffer)
        tensors.append(made)
        return len(tensors) - 1

    def operator(code: int, inputs: list[int], result: int, kind: int, options: Any) -> None:
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = code, inputs, [result]
        made.builtinOptionsType, made.builtinOptions = kind, options
        operators.append(made)

    def named(name: str, index: int) -> Any:
        made = schema.TensorMapT()
        made.name, made.tensorIndex = name.encode(), index
        return made

    def code(builtin: int) -> Any:
        made = schema.OperatorCodeT()
        made.builtinCode = made.deprecatedBuiltinCode = builtin
        made.version = 1
        return made

    given = tensor("serving_default_args_0", input_shape)
    axes = tensor("axes", (len(input_shape),), np.arange(len(input_shape), dtype=np.int32))
    total = tensor("total", (1,) * len(input_shape))
    reducing = schema.ReducerOptionsT()
    reducing.keepDims = True
    operator(0, [given, axes], total, schema.BuiltinOptions.ReducerOptions, reducing)
    shape_of_one = tensor("one", (1,), np.array([1], np.int32))
    scalar = tensor("scalar", (1,))
    reshaping = schema.ReshapeOptionsT()
    reshaping.newShape = [1]
    operator(2, [total, shape_of_one], scalar, schema.BuiltinOptions.ReshapeOptions, reshaping)
    results = {}
    for number, (name, shape) in enumerate(outputs.items()):
        constant = tensor(f"constant_{number}", shape, np.full(shape, number, np.float32))
        results[name] = tensor(f"serving_default_{number}_output", shape)
        options = schema.AddOptionsT()
        operator(1, [constant, scalar], results[name], schema.BuiltinOptions.AddOptions, options)
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = tensors, operators
    graph.inputs, graph.outputs = [given], list(reversed(results.values()))
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = b"serving_default", 0
    signature.inputs = [named(input_name, given)]
    signature.outputs = [named(name, index) for name, index in results.items()]
    model = schema.ModelT()
    model.version, model.subgraphs, model.buffers = 3, [graph], buffers
    model.operatorCodes = [
        code(schema.BuiltinOperator.SUM),
        code(schema.BuiltinOperator.ADD),
        code(schema.BuiltinOperator.RESHAPE),
    ]
    model.signatureDefs = [signature]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def onnx_model(input_name: str, input_shape: Shape, outputs: Mapping[str, Shape]) -> bytes:
    import onnx
    from onnx import TensorProto, helper

    def value(name: str, shape: Shape) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [helper.make_node("ReduceSum", [input_name], ["total"], keepdims=0)]
    constants = []
    for number, (name, shape) in enumerate(outputs.items()):
        filled = np.full(shape, number, np.float32)
        constants.append(onnx.numpy_helper.from_array(filled, f"constant_{number}"))
        nodes.append(helper.make_node("Add", [f"constant_{number}", "total"], [name]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [value(input_name, input_shape)],
        [value(name, shape) for name, shape in reversed(outputs.items())],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())


def openvino_model(
    input_name: str, input_shape: Shape, outputs: Mapping[str, Shape]
) -> tuple[bytes, bytes]:
    """(.xml, .bin)."""
    from edge_app.inference.open_vino import openvino  # silent, as the program imports it

    opset = openvino.opset13
    given = opset.parameter(list(input_shape), np.float32, name=input_name)
    given.output(0).get_tensor().set_names({input_name})
    total = opset.reduce_sum(given, np.arange(len(input_shape)), keep_dims=False)
    results = []
    for number, (name, shape) in enumerate(outputs.items()):
        result = opset.add(opset.constant(np.full(shape, number, np.float32)), total)
        result.output(0).get_tensor().set_names({name})
        results.append(result)
    model = openvino.Model(list(reversed(results)), [given], "tiny")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.xml"
        openvino.save_model(model, path, compress_to_fp16=False)
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()
