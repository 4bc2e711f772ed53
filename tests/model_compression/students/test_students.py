"""Students as a bundle takes them: names, shapes, size, and nothing that quantizes badly."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from edge_app.errors import UserError  # noqa: E402
from model_compression.students import STUDENTS, create_student  # noqa: E402

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
SIZES_PX = {"mobilefacenet": 112, "mobilevit-xs": 224}


@pytest.mark.parametrize("name", sorted(SIZES_PX))
def test_face_student_gives_every_output_of_the_bundle(name: str) -> None:
    size = SIZES_PX[name]
    said = create_student(name).eval()(torch.zeros(2, 1, size, size))
    assert {output: tuple(tensor.shape) for output, tensor in said.items()} == FACE_SHAPES


@pytest.mark.parametrize(
    ("name", "at_least", "at_most"),
    [
        ("mobilefacenet", 0.9e6, 1.3e6),
        ("mobilevit-xs", 1.9e6, 2.4e6),
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


def test_face_student_learns_at_several_sizes() -> None:
    student = create_student("mobilefacenet", ("landmarks",)).eval()
    for size in (48, 64, 112):
        assert student(torch.zeros(1, 1, size, size))["landmarks"].shape == (1, 292)


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
