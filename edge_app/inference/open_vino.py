"""OpenVINO as a `Session`: an .xml with its .bin, on the CPU."""

from __future__ import annotations

import sys
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_app.inference.session import ModelContent, Signature, unloadable

# Importing openvino sends "imported" to its maker's statistics; without this package it has nothing to send with.
_TELEMETRY = "openvino_telemetry"
_silenced = _TELEMETRY not in sys.modules
if _silenced:
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
try:
    import openvino
finally:
    if _silenced:
        del sys.modules[_TELEMETRY]


class OpenVinoSession:
    """One OpenVINO model with float32 inputs and outputs of fixed shapes.

    Raises `ModelFileError` when `content` is no such model.
    """

    def __init__(self, content: ModelContent, signature: Signature, *, threads: int) -> None:
        try:
            model = _core().read_model(content.model, content.weights)
            compiled = _core().compile_model(
                model,
                "CPU",
                {
                    "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_NUM_THREADS": threads,
                    "NUM_STREAMS": 1,
                    "ENABLE_CPU_PINNING": False,
                    # Without this some CPUs compute float layers in bfloat16, which no gate has passed.
                    "INFERENCE_PRECISION_HINT": "f32",
                },
            )
            self._request = compiled.create_infer_request()
            found = signature.within(
                content,
                [name for port in compiled.inputs for name in port.names],
                [name for port in compiled.outputs for name in port.names],
            )
            self._inputs: dict[str, NDArray[np.float32]] = {}
            for name, inside in found.inputs.items():
                port = compiled.input(inside)
                self._inputs[name] = np.zeros(tuple(port.shape), dtype=np.float32)
                tensor = openvino.Tensor(self._inputs[name], shared_memory=True)
                self._request.set_tensor(port, tensor)
            self._outputs = {
                name: self._request.get_tensor(compiled.output(inside))
                for name, inside in found.outputs.items()
            }
        except RuntimeError as error:
            raise unloadable(content, "OpenVINO", error) from error

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        for name, array in inputs.items():
            own = self._inputs[name]
            if array.shape != own.shape:
                raise ValueError(f"{name} has shape {array.shape}, the model takes {own.shape}")
            np.copyto(own, array)
        self._request.start_async()
        self._request.wait()
        return {name: tensor.data.copy() for name, tensor in self._outputs.items()}


@lru_cache(maxsize=1)
def _core() -> openvino.Core:
    return openvino.Core()
