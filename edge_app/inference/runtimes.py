"""The inference runtimes: which are installed, and a `Session` of the one that is asked for."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from edge_app.errors import UserError

if TYPE_CHECKING:
    from edge_app.inference.session import ModelContent, Session, Signature

RuntimeName = Literal["litert", "onnx", "openvino"]
Provider = Literal["cpu", "cuda", "tensorrt"]
Precision = Literal["float32", "float16", "int8"]


@dataclass(frozen=True, slots=True)
class _Runtime:
    module: str
    distributions: Sequence[str]  # under which names it is published
    extra: str  # of this program; empty: it is in the base


_RUNTIMES: dict[RuntimeName, _Runtime] = {
    "litert": _Runtime("ai_edge_litert", ("ai-edge-litert",), ""),
    "onnx": _Runtime("onnxruntime", ("onnxruntime", "onnxruntime-gpu"), "onnx"),
    "openvino": _Runtime("openvino", ("openvino",), "openvino"),
}
RUNTIME_NAMES: tuple[RuntimeName, ...] = tuple(_RUNTIMES)


class RuntimeMissingError(UserError):
    """A runtime is not installed, or its package is broken."""


def installed_runtimes() -> dict[RuntimeName, str]:
    """Version of each runtime that is installed; none of them is imported."""
    return {
        name: _version(runtime)
        for name, runtime in _RUNTIMES.items()
        if importlib.util.find_spec(runtime.module) is not None
    }


def open_session(
    runtime: RuntimeName,
    content: ModelContent,
    signature: Signature,
    *,
    threads: int,
    provider: Provider = "cpu",
    precision: Precision = "float32",
    engine_folder: str | None = None,
) -> Session:
    """Load a model. Raises `RuntimeMissingError` and `ModelFileError`.

    precision: of the file, which a GPU keeps to.
    engine_folder: where TensorRT may keep what it builds.
    """
    try:
        if runtime == "onnx":
            from edge_app.inference.onnx_runtime import OnnxRuntimeSession

            return OnnxRuntimeSession(
                content,
                signature,
                threads=threads,
                provider=provider,
                precision=precision,
                engine_folder=engine_folder,
            )
        if runtime == "openvino":
            from edge_app.inference.open_vino import OpenVinoSession

            return OpenVinoSession(content, signature, threads=threads)
        from edge_app.inference.litert import open_litert

        return open_litert(content, signature, threads=threads)
    except ImportError as error:
        raise RuntimeMissingError(_missing(runtime, error)) from error


def missing_sentence(runtime: RuntimeName) -> str:
    """What to tell a user who asks for a runtime that is not there."""
    known = _RUNTIMES[runtime]
    what = f"vigil-driver-monitoring[{known.extra}]" if known.extra else known.distributions[0]
    return f"The runtime {runtime} is not installed; run `pip install '{what}'`."


def _missing(runtime: RuntimeName, error: ImportError) -> str:
    module = _RUNTIMES[runtime].module
    if importlib.util.find_spec(module) is None:
        return missing_sentence(runtime)
    reason = " ".join(str(error).split())[:200]
    return f"The runtime {runtime} cannot be imported ({reason}); install {module} again."


def _version(runtime: _Runtime) -> str:
    for distribution in runtime.distributions:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
