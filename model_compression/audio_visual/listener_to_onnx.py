"""A network of sound as an ONNX file that takes any number of samples: what `onnxruntime` runs in the vehicle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from edge_app.sound.sound_chunks import TokenGrid
from model_compression.export.optional_package import needed
from model_compression.export.to_onnx import OPSET, quiet

_TOKENS = 99  # of the example, 2 s at 20 ms; any other number is as good


class _LastHidden(nn.Module):
    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, samples: Tensor) -> Tensor:
        told: Tensor = self.network(input_values=samples).last_hidden_state
        return told


def listener_to_onnx(network: Any, path: Path, grid: TokenGrid) -> None:
    """Write `path`: `samples` (1, n) -> `tokens` (1, T_a, d), n not below `grid.reach`.

    network: WavLM, wav2vec 2.0 or HuBERT of transformers, in eval mode. WavLM's biases by the distance of two tokens
    are made anew for each length inside the file. Raises `UserError` where the exporter is not installed.
    """
    needed("onnx")
    needed("onnxscript")
    given = torch.zeros(1, grid.reach + (_TOKENS - 1) * grid.hop)
    with quiet():
        program = torch.onnx.export(
            _LastHidden(network).eval(),
            (given,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["samples"],
            output_names=["tokens"],
            dynamic_shapes=({1: torch.export.Dim.DYNAMIC},),
            verbose=False,
        )
        assert program is not None
        program.save(str(path))
