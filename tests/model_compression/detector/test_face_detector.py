"""The detector's network: what it gives, how small it is, and that it claims nothing before it has learned."""

from __future__ import annotations

import torch

from model_compression.students import create_student
from model_compression.students.face_detector import INPUT_PX


def test_maps_have_the_shapes_that_a_bundle_promises() -> None:
    student = create_student("face-detector").eval()
    with torch.no_grad():
        out = student(torch.zeros(1, 1, INPUT_PX, INPUT_PX))
    assert {name: tuple(value.shape) for name, value in out.items()} == {
        "heat": (1, 1, 24, 24),
        "box": (1, 4, 24, 24),
        "points": (1, 10, 24, 24),
    }


def test_detector_is_small_enough_for_a_whole_frame_in_the_vehicle() -> None:
    student = create_student("face-detector").eval()
    multiplications = 0

    def count(layer: torch.nn.Conv2d, _: object, out: torch.Tensor) -> None:
        nonlocal multiplications
        multiplications += out.numel() * layer.weight[0].numel()

    for layer in student.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.no_grad():
        student(torch.zeros(1, 1, INPUT_PX, INPUT_PX))
    assert multiplications <= 40e6
    assert sum(parameter.numel() for parameter in student.parameters()) <= 150_000


def test_only_activation_is_relu() -> None:
    kinds = {
        type(layer).__name__
        for layer in create_student("face-detector").modules()
        if type(layer).__module__.startswith("torch.nn.modules.activation")
    }
    assert kinds == {"ReLU"}


def test_what_has_not_learned_sees_no_face() -> None:
    student = create_student("face-detector").eval()
    with torch.no_grad():
        heat = student(torch.randn(2, 1, INPUT_PX, INPUT_PX))["heat"]
    assert float(torch.sigmoid(heat).max()) < 0.1


def test_every_cell_at_the_middle_sees_the_whole_frame() -> None:
    student = create_student("face-detector").eval()
    image = torch.randn(1, 1, INPUT_PX, INPUT_PX, requires_grad=True)
    student(image)["box"][0, :, 12, 12].abs().sum().backward()
    assert image.grad is not None
    reached = image.grad[0, 0].abs() > 0
    assert (
        reached[:8].any() and reached[-8:].any() and reached[:, :8].any() and reached[:, -8:].any()
    )
