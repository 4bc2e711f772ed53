"""The smallest model of each runtime: x (1, 4) in, `more` = x + 1 and `less` = x - 1 out. Made anew for each test."""

from __future__ import annotations

import numpy as np

INPUT, MORE, LESS = "x", "more", "less"
SHAPE = (1, 4)


def litert_model(*, input_name: str = INPUT, outputs: tuple[str, str] = (MORE, LESS)) -> bytes:
    """As converters write it: tensors carry made-up names, the signature the real ones, in another order."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    def tensor(name: str, buffer: int, shape: tuple[int, ...]) -> schema.TensorT:
        made = schema.TensorT()
        made.name, made.buffer, made.shape = name.encode(), buffer, list(shape)
        made.type = schema.TensorType.FLOAT32
        return made

    def addition(constant: int, result: int) -> schema.OperatorT:
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = 0, [0, constant], [result]
        made.builtinOptionsType = schema.BuiltinOptions.AddOptions
        made.builtinOptions = schema.AddOptionsT()
        return made

    def named(name: str, index: int) -> schema.TensorMapT:
        made = schema.TensorMapT()
        made.name, made.tensorIndex = name.encode(), index
        return made

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.ADD
    code.version = 1
    graph = schema.SubGraphT()
    graph.tensors = [
        tensor("serving_default_args_0", 0, SHAPE),
        tensor("one", 1, (1,)),
        tensor("minus_one", 2, (1,)),
        tensor("serving_default_0_output", 0, SHAPE),
        tensor("serving_default_1_output", 0, SHAPE),
    ]
    graph.inputs, graph.outputs = [0], [4, 3]
    graph.operators = [addition(1, 3), addition(2, 4)]
    empty, one, minus_one = schema.BufferT(), schema.BufferT(), schema.BufferT()
    one.data = np.frombuffer(np.float32(1).tobytes(), np.uint8)
    minus_one.data = np.frombuffer(np.float32(-1).tobytes(), np.uint8)
    signature = schema.SignatureDefT()
    signature.signatureKey = b"serving_default"
    signature.inputs = [named(input_name, 0)]
    signature.outputs = [named(outputs[0], 3), named(outputs[1], 4)]
    signature.subgraphIndex = 0
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers, model.signatureDefs = [empty, one, minus_one], [signature]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def onnx_model(*, input_name: str = INPUT, outputs: tuple[str, str] = (MORE, LESS)) -> bytes:
    import onnx
    from onnx import TensorProto, helper

    def value(name: str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE)

    graph = helper.make_graph(
        [
            helper.make_node("Add", [input_name, "one"], [outputs[0]]),
            helper.make_node("Sub", [input_name, "one"], [outputs[1]]),
        ],
        "tiny",
        [value(input_name)],
        [value(outputs[1]), value(outputs[0])],
        [helper.make_tensor("one", TensorProto.FLOAT, (1,), [1.0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())


def openvino_model(
    *, input_name: str = INPUT, outputs: tuple[str, str] = (MORE, LESS)
) -> tuple[bytes, bytes]:
    """(.xml, .bin)."""
    import tempfile
    from pathlib import Path

    import openvino
    from openvino import opset13

    given = opset13.parameter(list(SHAPE), np.float32, name=input_name)
    given.output(0).get_tensor().set_names({input_name})
    one = opset13.constant(np.ones(1, np.float32))
    more, less = opset13.add(given, one), opset13.subtract(given, one)
    more.output(0).get_tensor().set_names({outputs[0]})
    less.output(0).get_tensor().set_names({outputs[1]})
    model = openvino.Model([less, more], [given], "tiny")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.xml"
        openvino.save_model(model, path, compress_to_fp16=False)
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()
