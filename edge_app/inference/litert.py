"""LiteRT (`ai-edge-litert`) as a `Session`: a .tflite flatbuffer in, XNNPACK on the CPU underneath."""

from __future__ import annotations

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.inference.load_notice import without_delegate_notice
from edge_app.inference.session import ModelFileError


class LiteRtSession:
    """One .tflite model with float32 inputs and outputs.

    Raises `ModelFileError` when `content` is not a LiteRT flatbuffer.
    """

    def __init__(self, content: bytes, *, threads: int, name: str) -> None:
        try:
            with without_delegate_notice():
                self._interpreter = Interpreter(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelFileError(f"{name}: LiteRT cannot load this model ({error})") from error
        inputs = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        self._input_index = {detail["name"]: detail["index"] for detail in inputs}
        self._output_index = {detail["name"]: detail["index"] for detail in outputs}

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        for name, array in inputs.items():
            self._interpreter.set_tensor(self._input_index[name], array)
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_tensor(index) for name, index in self._output_index.items()
        }
