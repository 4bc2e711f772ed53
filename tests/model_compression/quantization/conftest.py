"""One tiny student in all its files, made once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from model_compression.export.part_model import PartModel, part_model
from model_compression.export.quantized_folder import QuantizedPart
from tests.model_compression.export.tiny_students import tiny_eyes

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MadeEyes:
    """`described` says what lies in `folder`; `samples` are what ranges were measured on."""

    folder: Path
    part: PartModel
    described: QuantizedPart
    samples: list[Floats]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def random_samples(part: PartModel, count: int, seed: int) -> list[Floats]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(part.input_shape).astype(np.float32) for _ in range(count)]


@pytest.fixture(scope="session")
def made_eyes(tmp_path_factory: pytest.TempPathFactory) -> MadeEyes:
    """Needs every converter; tests that use it are slow on their first use."""
    for package in ("onnx", "onnxscript", "onnxruntime", "openvino", "nncf", "litert_torch"):
        pytest.importorskip(package)
    from model_compression.quantization.file_plan import planned
    from model_compression.quantization.quantize_part import Source, quantize_part

    folder = tmp_path_factory.mktemp("eyes")
    part = part_model(tiny_eyes(), "eyes")
    samples = random_samples(part, 16, seed=0)
    plans = planned(("onnx", "litert", "openvino"), eight_bits=True, tensorrt=True)
    described = quantize_part(
        Source(part, part, "tiny", "0" * 64), plans, samples, folder, lambda what: None
    )
    return MadeEyes(folder, part, described, samples)
