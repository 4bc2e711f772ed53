"""The files of one student: float ones say what it says, int8 ones nearly, and nothing in them is float unmeant."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from edge_app.errors import UserError
from model_compression.quantization.file_plan import FilePlan
from model_compression.quantization.ops import float_layers, operators_of
from model_compression.quantization.quantize_part import Source, opened, quantize_part
from tests.model_compression.quantization.conftest import MadeEyes, random_samples

pytestmark = pytest.mark.slow

NAMES = (
    "eyes-float32.onnx",
    "eyes-int8.onnx",
    "eyes-float32.tflite",
    "eyes-int8.tflite",
    "eyes-float32.xml",
    "eyes-int8.xml",
    "eyes-int8-8bit.onnx",
    "eyes-int8-tensorrt.onnx",
)
LAYERS = 13  # of the tiny student: 9 convolutions and 4 linear layers
MEANT_FLOAT = 6  # the first convolution, the one over the whole map, the neck and the three heads


def error(made: MadeEyes, name: str) -> float:
    """Mean difference from the student over each output's deviation, the largest of all outputs."""
    (file,) = (each.file for each in made.described.files if each.file.path == name)
    plan = FilePlan(file.runtime, file.precision)
    session = opened(plan, made.folder / name, made.part)
    samples = random_samples(made.part, 24, seed=9)
    said = [session.run({"eyes": sample}) for sample in samples]
    meant = [made.part.run(torch.from_numpy(sample)) for sample in samples]
    errors = []
    for output in made.part.outputs:
        ours = np.stack([each[output].numpy() for each in meant])
        theirs = np.stack([each[output] for each in said])
        assert theirs.dtype == np.float32 and theirs.shape == ours.shape
        errors.append(float(np.abs(theirs - ours).mean() / max(ours.std(), 0.02)))
    return max(errors)


def test_every_planned_file_is_there(made_eyes: MadeEyes) -> None:
    assert tuple(each.file.path for each in made_eyes.described.files) == NAMES
    there = {path.name for path in made_eyes.folder.iterdir()}
    assert there == {*NAMES, "eyes-float32.bin", "eyes-int8.bin"}


@pytest.mark.parametrize("name", [name for name in NAMES if "float32" in name])
def test_float_file_says_what_the_student_says(made_eyes: MadeEyes, name: str) -> None:
    assert error(made_eyes, name) < 1e-4


@pytest.mark.parametrize("name", [name for name in NAMES if "int8" in name])
def test_int8_file_says_nearly_the_same(made_eyes: MadeEyes, name: str) -> None:
    assert 1e-5 < error(made_eyes, name) < 0.1


@pytest.mark.parametrize("name", [n for n in NAMES if "int8" in n and "tensorrt" not in n])
def test_only_the_first_and_the_last_layers_are_float(made_eyes: MadeEyes, name: str) -> None:
    (made,) = (each for each in made_eyes.described.files if each.file.path == name)
    operators = operators_of(made_eyes.folder / name, made.file.runtime)
    assert float_layers(operators) == MEANT_FLOAT == made.float_layers
    assert sum(o.count for o in operators if o.weighted and o.precision == "int8") == (
        LAYERS - MEANT_FLOAT
    )


def test_weights_of_seven_bits_stay_within_them(made_eyes: MadeEyes) -> None:
    onnx = pytest.importorskip("onnx")
    for name, most in (("eyes-int8.onnx", 64), ("eyes-int8-8bit.onnx", 127)):
        graph = onnx.load(str(made_eyes.folder / name)).graph
        arrays = [onnx.numpy_helper.to_array(t) for t in graph.initializer]
        largest = max(np.abs(a.astype(int)).max() for a in arrays if a.dtype == np.int8 and a.ndim)
        assert most // 2 < largest <= most


def test_tensorrt_file_has_no_zero_points(made_eyes: MadeEyes) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(str(made_eyes.folder / "eyes-int8-tensorrt.onnx")).graph
    values = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    points = [values[node.input[2]] for node in graph.node if node.op_type == "QuantizeLinear"]
    assert points and all(point.dtype == np.int8 and not point.any() for point in points)


def test_tensorrt_file_rounds_behind_activations_only(made_eyes: MadeEyes) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(str(made_eyes.folder / "eyes-int8-tensorrt.onnx")).graph
    readers = {name: node.op_type for node in graph.node for name in node.input}
    before_relu = [n for n in graph.node if n.op_type == "Conv" and readers[n.output[0]] == "Relu"]
    assert len(before_relu) == 7
    (made,) = (m for m in made_eyes.described.files if "tensorrt" in m.file.path)
    assert made.float_layers == MEANT_FLOAT


def test_float_island_is_refused(
    made_eyes: MadeEyes, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_compression.quantization import quantize_part as module

    def leave_float(source: object, target: object, *_: object, **__: object) -> None:
        target.write_bytes(source.read_bytes())  # type: ignore[attr-defined]

    monkeypatch.setattr(module, "quantize_onnx", leave_float)
    folder = tmp_path_factory.mktemp("island")
    part = made_eyes.part
    with pytest.raises(UserError, match=r"eyes-int8\.onnx: 13 layers run in float"):
        quantize_part(
            Source(part, part, "tiny", "0" * 64),
            [FilePlan("onnx", "int8", weight_bits=7)],
            made_eyes.samples,
            folder,
            lambda what: None,
        )
