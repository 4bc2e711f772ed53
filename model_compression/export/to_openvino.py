"""A part as OpenVINO's .xml with its .bin, converted from the ONNX file so that both hold the same graph."""

from __future__ import annotations

from pathlib import Path

from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import quiet


def to_openvino(onnx_file: Path, path: Path, *, half_storage: bool = False) -> None:
    """Write `path` (.xml) and the .bin beside it. half_storage: weights as float16, computed with as float32."""
    openvino = needed("openvino")
    with quiet():
        model = openvino.convert_model(str(onnx_file))
        openvino.save_model(model, str(path), compress_to_fp16=half_storage)
