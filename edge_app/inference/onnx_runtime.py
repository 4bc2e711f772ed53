"""ONNX Runtime as a `Session`: one self-contained .onnx file, on the CPU or on an NVIDIA GPU."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Its builds may queue events for their maker's statistics, with a number for the device; asked at the first import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as raised

from edge_app.inference.runtimes import Precision, Provider
from edge_app.inference.session import ModelContent, ModelFileError, Signature, unloadable

# Its exceptions have no class in common but Exception.
_REFUSALS = (
    raised.EPFail,
    raised.Fail,
    raised.InvalidArgument,
    raised.InvalidGraph,
    raised.InvalidProtobuf,
    raised.NoModel,
    raised.NotImplemented,
    raised.RuntimeException,
    RuntimeError,
    ValueError,
)
_ERRORS_ONLY = 3
# Each with what takes over the operators that it lacks.
_PROVIDERS: dict[Provider, tuple[str, ...]] = {
    "cpu": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
}


class OnnxRuntimeSession:
    """One .onnx model with float32 inputs and outputs.

    Raises `ModelFileError` when `content` is no ONNX model, or this machine does not have the `provider`.
    """

    def __init__(
        self,
        content: ModelContent,
        signature: Signature,
        *,
        threads: int,
        provider: Provider = "cpu",
        precision: Precision = "float32",
        engine_folder: str | None = None,
    ) -> None:
        onnxruntime.set_default_logger_severity(_ERRORS_ONLY)
        wanted = _PROVIDERS[provider]
        if wanted[0] not in onnxruntime.get_available_providers():
            raise ModelFileError(
                f"{content.name}: this ONNX Runtime has no {wanted[0]}; install its build for this"
                " device."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # Threads that spin between frames would take whole cores from the rest of the program.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = [(name, _options(name, precision, engine_folder)) for name in wanted]
        try:
            self._session = onnxruntime.InferenceSession(
                content.model, options, providers=providers
            )
        except _REFUSALS as error:
            raise unloadable(content, "ONNX Runtime", error) from error
        if self._session.get_providers()[0] != wanted[0]:  # it falls back without an error
            raise ModelFileError(
                f"{content.name}: {wanted[0]} does not work here; check the device's driver and"
                " libraries."
            )
        found = signature.within(
            content,
            [entry.name for entry in self._session.get_inputs()],
            [entry.name for entry in self._session.get_outputs()],
        )
        self._input_names = dict(found.inputs)
        self._output_names = tuple(found.outputs)
        self._inside_names = list(found.outputs.values())

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        feeds = {self._input_names[name]: array for name, array in inputs.items()}
        try:
            told = self._session.run(self._inside_names, feeds)
        except raised.InvalidArgument as error:  # it is no `ValueError` by itself
            raise ValueError(str(error)) from error
        except (raised.Fail, raised.RuntimeException) as error:
            raise RuntimeError(str(error)) from error
        return dict(zip(self._output_names, told, strict=True))


def _options(provider: str, precision: Precision, engine_folder: str | None) -> dict[str, Any]:
    if provider == "CUDAExecutionProvider":
        return {"use_tf32": int(precision != "float32")}
    if provider != "TensorrtExecutionProvider":
        return {}
    options: dict[str, Any] = {
        "trt_fp16_enable": precision != "float32",
        "trt_int8_enable": precision == "int8",
    }
    if engine_folder is not None:
        # Building an engine takes minutes; kept, it is loaded in a second.
        os.makedirs(engine_folder, exist_ok=True)
        options |= {"trt_engine_cache_enable": True, "trt_engine_cache_path": engine_folder}
    return options
