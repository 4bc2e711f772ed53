"""LiteRT (`ai-edge-litert`) as a `Session`: a .tflite flatbuffer in, XNNPACK on the CPU underneath."""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.inference.load_notice import without_delegate_notice
from edge_app.inference.session import ModelContent, Signature, unloadable


class LiteRtSession:
    """One .tflite model with float32 inputs and outputs.

    Without a `signature` inputs and outputs go by the names of their tensors; with one also by those of the file's
    own signature, which converters keep where they rename tensors.
    Raises `ModelFileError` when `content` is not a LiteRT flatbuffer.
    """

    def __init__(
        self, content: bytes, *, threads: int, name: str, signature: Signature | None = None
    ) -> None:
        whole = ModelContent(name, content)
        try:
            with without_delegate_notice():
                self._interpreter = Interpreter(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise unloadable(whole, "LiteRT", error) from error
        inputs = _by_tensor_name(self._interpreter.get_input_details())
        outputs = _by_tensor_name(self._interpreter.get_output_details())
        self._input_index, self._output_index = inputs, outputs
        if signature is None:
            return
        keys = list(self._interpreter.get_signature_list())
        if len(keys) == 1:
            runner = self._interpreter.get_signature_runner(keys[0])
            inputs = _by_signature(runner.get_input_details()) or inputs
            outputs = {**outputs, **_by_signature(runner.get_output_details())}
        found = signature.within(whole, inputs, outputs)
        self._input_index = {name: inputs[inside] for name, inside in found.inputs.items()}
        self._output_index = {name: outputs[inside] for name, inside in found.outputs.items()}

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        for name, array in inputs.items():
            self._interpreter.set_tensor(self._input_index[name], array)
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_tensor(index) for name, index in self._output_index.items()
        }


def open_litert(content: ModelContent, signature: Signature, *, threads: int) -> LiteRtSession:
    return LiteRtSession(content.model, threads=threads, name=content.name, signature=signature)


def _by_tensor_name(details: list[dict[str, Any]]) -> dict[str, int]:
    return {str(detail["name"]): int(detail["index"]) for detail in details}


def _by_signature(details: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {name: int(detail["index"]) for name, detail in details.items()}
