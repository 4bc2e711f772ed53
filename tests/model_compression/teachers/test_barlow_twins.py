"""Barlow Twins: the equation by hand, and one joined batch over two real processes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed, multiprocessing

from edge_app.errors import UserError
from model_compression.teachers.barlow_twins import barlow_twins_loss

LAMBDA = 0.0051
EPSILON = 1e-5


def test_loss_is_the_equation_worked_out_by_hand() -> None:
    clean, perturbed = torch.randn(2, 6, 4, dtype=torch.float64).unbind()
    n, channels = clean.shape

    def standardised(x: Tensor) -> list[list[float]]:
        columns = []
        for column in x.T.tolist():
            mean = sum(column) / n
            variance = sum((v - mean) ** 2 for v in column) / n
            columns.append([(v - mean) / (variance + EPSILON) ** 0.5 for v in column])
        return columns

    first, second = standardised(clean), standardised(perturbed)
    expected = 0.0
    for i in range(channels):
        for j in range(channels):
            c = sum(a * b for a, b in zip(first[i], second[j], strict=True)) / n
            expected += (1 - c) ** 2 if i == j else LAMBDA * c**2
    loss = barlow_twins_loss(clean, perturbed)
    assert loss.item() == pytest.approx(expected / channels, rel=1e-12)


def test_maps_are_averaged_over_time_and_place() -> None:
    clean, perturbed = torch.randn(2, 6, 4, 2, 3, 3).unbind()
    pooled = barlow_twins_loss(clean.mean(dim=(2, 3, 4)), perturbed.mean(dim=(2, 3, 4)))
    assert torch.allclose(barlow_twins_loss(clean, perturbed), pooled, rtol=1e-4)


def test_autocast_does_not_round_the_correlation() -> None:
    clean, perturbed = torch.randn(2, 6, 64).unbind()
    with torch.autocast("cpu", torch.bfloat16):
        loss = barlow_twins_loss(clean, perturbed)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, barlow_twins_loss(clean, perturbed))


def test_channel_alike_in_all_clips_has_a_finite_gradient() -> None:
    clean = torch.randn(6, 4)
    clean[:, 1] = 3.0
    clean.requires_grad_()
    barlow_twins_loss(clean, clean + 0.1).backward()
    assert torch.isfinite(clean.grad).all()


def test_batch_of_one_is_refused() -> None:
    with pytest.raises(UserError, match="batch of 1"):
        barlow_twins_loss(torch.randn(1, 4), torch.randn(1, 4))


def test_two_processes_learn_as_one_with_the_joined_batch(tmp_path: Path) -> None:
    weight = _weight().requires_grad_()
    expected = _loss(_clips(), weight)
    expected.backward()
    store = distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    multiprocessing.spawn(_learn_in_process, args=(store.port, tmp_path), nprocs=2)
    said = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    assert [loss for loss, _ in said] == pytest.approx([expected.item()] * 2, rel=1e-12)
    averaged = torch.stack([gradient for _, gradient in said]).mean(dim=0)
    assert torch.allclose(averaged, weight.grad, rtol=1e-9, atol=1e-12)


def _clips() -> Tensor:
    return torch.randn(8, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def _weight() -> Tensor:
    return torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


def _loss(clips: Tensor, weight: Tensor) -> Tensor:
    return barlow_twins_loss(clips @ weight, clips.sin() @ weight)


def _learn_in_process(rank: int, port: int, folder: Path) -> None:
    torch.set_num_threads(1)
    wait = timedelta(seconds=60)
    store = distributed.TCPStore("127.0.0.1", port, is_master=False, timeout=wait)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=wait)
    weight = _weight().requires_grad_()
    loss = _loss(_clips()[:5] if rank == 0 else _clips()[5:], weight)
    loss.backward()
    torch.save((loss.item(), weight.grad), folder / f"{rank}.pt")
    distributed.destroy_process_group()
