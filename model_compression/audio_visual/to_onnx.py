"""A network of faces and sound as an ONNX file of one window: what `onnxruntime` runs in the vehicle."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import OPSET, quiet

INPUTS = ("visual", "sound", "visual_present", "sound_present")


def windows_to_onnx(
    network: nn.Module, path: Path, *, visual_size: int, sound_size: int, window: int = 64
) -> None:
    """Write `path`: `INPUTS` of (1, window, size) and (1, window) bool -> `logits` (1, window, classes).

    network: in eval mode. Raises `UserError` where the exporter is not installed.
    """
    needed("onnx")
    needed("onnxscript")
    given = (
        torch.zeros(1, window, visual_size),
        torch.zeros(1, window, sound_size),
        torch.ones(1, window, dtype=torch.bool),
        torch.ones(1, window, dtype=torch.bool),
    )
    with quiet():
        program = torch.onnx.export(
            network,
            given,
            dynamo=True,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=["logits"],
            verbose=False,
        )
        assert program is not None
        program.save(str(path))
