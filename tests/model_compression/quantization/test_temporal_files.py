"""The files of a temporal part: float ones remember what the head does, int8 ones nearly, over a whole drive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from edge_app.inference.runtimes import RuntimeName
from model_compression.export.part_model import PartModel, part_model
from model_compression.export.quantized_folder import QuantizedPart
from model_compression.quantization.file_plan import FilePlan, planned
from model_compression.quantization.followed_face import Outputs
from model_compression.quantization.quantize_part import Source, opened, quantize_part
from model_compression.students.temporal_head import TemporalHead

pytestmark = pytest.mark.slow

FEATURES, HIDDEN, STEPS = 24, 16, 120
HEADS = 2  # linear layers that stay float
_PACKAGES: dict[RuntimeName, tuple[str, ...]] = {
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
    "openvino": ("onnx", "onnxscript", "openvino", "nncf"),
    "litert": ("onnx", "onnxscript", "litert_torch", "ai_edge_quantizer"),
}


@dataclass(frozen=True)
class Made:
    folder: Path
    part: PartModel
    described: QuantizedPart
    embeddings: list[NDArray[np.float32]]

    def said(self, precision: str) -> list[Outputs]:
        (file,) = (m.file for m in self.described.files if m.file.precision == precision)
        plan = FilePlan(file.runtime, file.precision)
        session = opened(plan, self.folder / file.path, self.part)
        return steps_of(lambda x: session.run({"step": x}), self.embeddings)[1]

    def meant(self) -> list[Outputs]:
        return steps_of(self._run, self.embeddings)[1]

    def _run(self, step: NDArray[np.float32]) -> Outputs:
        said = self.part.run(torch.from_numpy(step))
        return {name: value.numpy() for name, value in said.items()}

    @property
    def samples(self) -> list[NDArray[np.float32]]:
        return steps_of(self._run, self.embeddings)[0]


def steps_of(
    say: Callable[[NDArray[np.float32]], Outputs], embeddings: list[NDArray[np.float32]]
) -> tuple[list[NDArray[np.float32]], list[Outputs]]:
    """What went in at each step, and what was said; each step remembers the one before."""
    shown, said = [], []
    remembered = np.zeros((1, HIDDEN), dtype=np.float32)
    for embedding in embeddings:
        shown.append(np.concatenate([embedding, remembered], axis=1))
        said.append(say(shown[-1]))
        remembered = said[-1]["memory"]
    return shown, said


@pytest.fixture(scope="module", params=["onnx", "openvino", "litert"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    for package in _PACKAGES[request.param]:
        pytest.importorskip(package)
    torch.manual_seed(0)
    labels = {"drowsiness": 1, "expression": 7}
    head = TemporalHead(labels=labels, features=FEATURES, hidden=HIDDEN, rate_hz=5.0).eval()
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=(STEPS, 1, FEATURES)), axis=0) * 0.3
    folder = tmp_path_factory.mktemp(request.param)
    part = part_model(head, "temporal")
    before = Made(folder, part, None, list(walk.astype(np.float32)))  # type: ignore[arg-type]
    source = Source(part, part, "tiny", "0" * 64, follows="1" * 64)
    plans = planned((request.param,))
    described = quantize_part(source, plans, before.samples, folder, lambda what: None)
    return Made(folder, part, described, before.embeddings)


def apart(ours: list[Outputs], theirs: list[Outputs], name: str) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for a, b in zip(ours, theirs, strict=True))


def test_float_file_remembers_what_the_head_remembers(made: Made) -> None:
    ours, theirs = made.meant(), made.said("float32")
    for name in made.part.outputs:
        assert apart(ours, theirs, name) < 1e-5


def test_int8_file_stays_near_however_long_it_goes_by_its_own_memory(made: Made) -> None:
    ours, theirs = made.meant(), made.said("int8")
    assert 1e-5 < apart(ours, theirs, "memory") < 0.1
    assert apart(ours[-20:], theirs[-20:], "memory") < 0.1


def test_what_is_remembered_is_not_rounded_and_the_heads_are_not(made: Made) -> None:
    (int8,) = (m for m in made.described.files if m.file.precision == "int8")
    assert int8.float_layers == made.described.float_layers_meant == HEADS
    levels = {float(value) for step in made.said("int8") for value in step["memory"][0]}
    assert len(levels) > STEPS * HIDDEN * 0.9


def test_folder_knows_rate_classes_and_whom_the_head_follows(made: Made) -> None:
    told = made.described
    assert (told.rate_hz, told.follows) == (5.0, "1" * 64)
    assert told.classes["drowsiness"] == ("alert", "drowsy")
    assert len(told.classes["expression_over_time"]) == 7
