"""A part as an ONNX file of fixed shapes, named as in the bundle; opset 18, which TensorRT 8.6 already reads."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from model_compression.export.optional_package import needed
from model_compression.export.part_model import PartModel

OPSET = 18


class FlatLinear(nn.Module):
    """A linear layer over the last axis of tokens as one matrix product with its bias inside.

    Otherwise the bias becomes an addition of its own, which costs as much again once it is quantized.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(x.reshape(-1, x.shape[-1]))
        return out.reshape(*x.shape[:-1], out.shape[-1])


def to_onnx(part: PartModel, path: Path) -> None:
    """Write `path`. Raises `UserError` where the exporter is not installed."""
    needed("onnx")
    needed("onnxscript")
    with quiet():
        program = torch.onnx.export(
            part.model,
            (part.example(),),
            dynamo=True,
            opset_version=OPSET,
            input_names=[part.input_name],
            output_names=list(part.outputs),
            verbose=False,
        )
        assert program is not None
        program.save(str(path))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Converters print their steps and warn of one another's deprecations; neither helps the user."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
