"""A part as a .tflite file, whose signature names inputs and outputs as the bundle does."""

from __future__ import annotations

from pathlib import Path

from model_compression.export.optional_package import needed
from model_compression.export.part_model import PartModel
from model_compression.export.to_onnx import quiet


def to_litert(part: PartModel, path: Path) -> None:
    """Write `path`. Raises `UserError` where the converter is not installed."""
    with quiet():
        litert_torch = needed("litert_torch")
        converted = litert_torch.convert(
            part.model, sample_kwargs={part.input_name: part.example()}
        )
        converted.export(str(path))
