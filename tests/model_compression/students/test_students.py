"""Students as a bundle takes them: names, shapes, size, and nothing that quantizes badly."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from edge_app.errors import UserError  # noqa: E402
from model_compression.export.part_model import part_model  # noqa: E402
from model_compression.export.to_onnx import to_onnx  # noqa: E402
from model_compression.students import STUDENTS, create_student  # noqa: E402
from model_compression.students.backbone import Backbone, pool_of  # noqa: E402
from model_compression.students.blocks import ConvBn  # noqa: E402
from model_compression.students.create import FACE_STUDENTS  # noqa: E402
from model_compression.students.ddamfn import (  # noqa: E402
    DualDirectionAttention,
    MixedBottleneck,
)
from model_compression.students.efficientnet import MBConv, Stage  # noqa: E402
from model_compression.students.face_student import FaceStudent  # noqa: E402
from tests.model_compression.export.tiny_students import seasoned  # noqa: E402

FACE_SHAPES = {
    "landmarks": (2, 292),
    "head_pose": (2, 6),
    "gaze": (2, 4),
    "eye_openness_face": (2, 4),
    "mouth_openness": (2, 2),
    "smile": (2, 2),
    "visibility": (2, 8),
    "quality": (2, 3),
    "embedding": (2, 256),
}
SIZES_PX = {
    "mobilefacenet": 112,
    "mobilevit-xxs": 224,
    "mobilevit-xs": 224,
    "mobilevit-s": 224,
    "efficientnet-b0": 224,
    "efficientnet-b2": 260,
    "ddamfn": 112,
}


def test_sizes_of_all_face_students_are_known() -> None:
    assert {name: create_student(name).input_size_px for name in FACE_STUDENTS} == SIZES_PX


@pytest.mark.parametrize("name", sorted(SIZES_PX))
def test_face_student_gives_every_output_of_the_bundle(name: str) -> None:
    size = SIZES_PX[name]
    said = create_student(name).eval()(torch.zeros(2, 1, size, size))
    assert {output: tuple(tensor.shape) for output, tensor in said.items()} == FACE_SHAPES


@pytest.mark.parametrize(
    ("name", "at_least", "at_most"),
    [
        ("mobilefacenet", 0.9e6, 1.3e6),
        ("mobilevit-xxs", 1.0e6, 1.2e6),
        ("mobilevit-xs", 1.9e6, 2.4e6),
        ("mobilevit-s", 5.0e6, 5.4e6),
        ("efficientnet-b0", 4.3e6, 4.6e6),
        ("efficientnet-b2", 8.0e6, 8.4e6),
        ("ddamfn", 3.9e6, 4.2e6),
        ("eye-branch", 2e4, 1e5),
        ("expression-net", 1.0e6, 1.1e6),
        ("face-detector", 2e4, 1.5e5),
    ],
)
def test_student_has_the_size_it_is_known_for(name: str, at_least: float, at_most: float) -> None:
    heads = None if name not in SIZES_PX else ("landmarks", "head_pose", "visibility")
    count = sum(weights.numel() for weights in create_student(name, heads).parameters())
    assert at_least <= count <= at_most


@pytest.mark.parametrize("name", STUDENTS)
def test_no_activation_that_runtimes_are_slow_at(name: str) -> None:
    options = {"labels": {"drowsiness": 1}} if name == "temporal-head" else {}
    kinds = {type(module).__name__ for module in create_student(name, **options).modules()}
    assert not kinds & {"PReLU", "SiLU", "Hardswish", "GELU"}


@pytest.mark.parametrize(
    ("name", "sizes_px"),
    [
        ("mobilefacenet", (48, 64, 112)),
        ("ddamfn", (48, 80, 112)),
        ("efficientnet-b0", (80, 112)),
        ("mobilevit-xxs", (64, 96, 128)),
    ],
)
def test_face_student_learns_at_several_sizes(name: str, sizes_px: tuple[int, ...]) -> None:
    student = create_student(name, ("landmarks",)).eval()
    for size in sizes_px:
        assert student(torch.zeros(1, 1, size, size))["landmarks"].shape == (1, 292)


def test_size_that_has_no_patches_is_one_sentence() -> None:
    with pytest.raises(UserError, match="sides 32 divides"):
        create_student("mobilevit-xxs", ("quality",))(torch.zeros(2, 1, 112, 112))


def test_row_that_the_map_shortens_is_weighed_the_same() -> None:
    student = create_student("ddamfn", ("quality",)).eval()
    line = student.late[-1].heads[0].along_rows[0]
    line.weight.data.fill_(1 / 7)
    flat_long, flat_short = torch.full((1, 512, 7, 7), 3.0), torch.full((1, 512, 4, 4), 3.0)
    assert torch.allclose(line(flat_long)[:, :, :4], line(flat_short), atol=1e-5)


def test_option_that_the_backbone_lacks_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean stochastic_depth"):
        create_student("efficientnet-b0", stochastic_dept=0.1)


class TinyBackbone(Backbone):
    """One block of each kind that only the larger students have."""

    def __init__(self) -> None:
        super().__init__(side_px=16, embedding_size=16, early_channels=8)
        self.early = nn.Sequential(
            ConvBn(1, 8, kernel=3, stride=2, activation="relu"),
            MBConv(8, Stage(2, 8, 1, 1), stride=1, activation="relu", left_out=0.1),
            MBConv(8, Stage(2, 8, 1, 1, fused=True), stride=1, activation="relu", left_out=0.1),
        )
        self.late = nn.Sequential(
            MixedBottleneck(
                8, 16, hidden_channels=20, kernels=(3, 5, 7), activation="relu", stride=2
            ),
            DualDirectionAttention(16, heads=2, map_px=4, activation="relu"),
        )
        self.pool = pool_of("depthwise", 16, 16, halvings=2)


def test_runtime_says_what_larger_students_say(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    torch.manual_seed(0)
    student = seasoned(FaceStudent(TinyBackbone(), heads=("landmarks",)), (1, 16, 16))
    part = part_model(student, "face")
    to_onnx(part, tmp_path / "face.onnx")
    session = onnxruntime.InferenceSession(
        str(tmp_path / "face.onnx"), providers=["CPUExecutionProvider"]
    )
    picture = part.example()
    with torch.no_grad():
        whole = student(picture)
    said = session.run(list(whole), {"face": picture.numpy()})
    for value, name in zip(said, whole, strict=True):
        torch.testing.assert_close(torch.from_numpy(value), whole[name], rtol=1e-3, atol=1e-4)


def test_global_kernel_means_the_same_on_a_smaller_map() -> None:
    student = create_student("mobilefacenet", ("landmarks",)).eval()
    pool = student.pool
    pool.weight.data.fill_(1 / 49)
    flat_large, flat_small = torch.full((1, 512, 7, 7), 3.0), torch.full((1, 512, 4, 4), 3.0)
    assert torch.allclose(pool(flat_large), pool(flat_small), atol=1e-5)


def test_expression_learns_from_pictures_already_halved() -> None:
    student = create_student("expression-net").eval()
    picture = torch.randn(2, 1, 112, 112)
    whole = student(picture)["expression"]
    assert whole.shape == (2, 7)
    halved = torch.nn.functional.avg_pool2d(picture, 2)
    assert torch.equal(student(halved)["expression"], whole)


def test_unknown_student_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean mobilefacenet"):
        create_student("mobilefacenett")
