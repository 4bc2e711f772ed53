"""Training steps of the clip transformer timed: masked pre-training, and fine-tuning with experts and without.

Out: rows of plain numbers. Contestants have their turns in one run, so that a slow minute of the machine hits all.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.clip_timing import Timing
from edge_app.errors import UserError
from model_compression.teachers.clip_vit import ClipViT
from model_compression.teachers.masked_autoencoder import (
    MaskedClipAutoencoder,
    draw_visible,
    reconstruction_loss,
)
from model_compression.training.clips.network_input import network_input

_CLASSES = 7
_BALANCE = 1e-3  # weight of the load-balance loss in the authors' code
_WARM_UP = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """Which network sees what."""

    size: Any
    frames: int
    side_px: int

    def clips(self, count: int) -> Tensor:
        """Bytes (B, T, H, W, C) in memory, as a training is fed."""
        drawn = np.random.default_rng(0).integers(
            256, size=(count, self.frames, self.side_px, self.side_px, 3), dtype=np.uint8
        )
        return torch.from_numpy(drawn)


def timing_on(device: str, rounds: int | None) -> Timing:
    """device: `auto` takes the GPU where there is one. Raises `UserError`."""
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: there is no GPU here that torch sees; take --device cpu.")
    on_gpu = device != "cpu" and torch.cuda.is_available()
    return Timing(torch.device("cuda" if on_gpu else "cpu"), 1, rounds or (30 if on_gpu else 5))


def time_pretraining(
    shape: Shape, timing: Timing, *, batch: int, masked: float, peak_tflops: float | None
) -> dict[str, Any]:
    torch.manual_seed(0)
    network = MaskedClipAutoencoder(size=shape.size)
    tokens = network.tokens(shape.frames, shape.side_px)
    random = np.random.default_rng(1)
    drawn = np.stack([draw_visible(random, tokens=tokens, ratio=masked) for _ in range(batch)])
    visible = torch.from_numpy(drawn)
    learner = _Learner(network, shape.clips(batch), timing)
    on_device = visible.to(timing.device)

    def loss(clips: Tensor) -> Tensor:
        return reconstruction_loss(network(clips, on_device), visible=on_device)

    seconds, memory_mib = _timed({"mae": lambda: learner.step(loss)}, timing)
    clips_s = batch / statistics.median(seconds["mae"])
    flops = _flops_a_clip(shape, visible.shape[1])
    tflops = flops * clips_s / 1e12
    return {
        "frames": shape.frames,
        "side_px": shape.side_px,
        "tokens": tokens,
        "seen": visible.shape[1],
        "batch": batch,
        "parameters": sum(p.numel() for p in network.parameters()),
        "clips_s": clips_s,
        "slowest_clips_s": batch / max(seconds["mae"]),
        "flops_a_clip": flops,
        "tflops": tflops,
        "peak_tflops": peak_tflops,
        "mfu": None if peak_tflops is None else tflops / peak_tflops,
        "memory_mib": memory_mib["mae"],
    }


def time_fine_tuning(
    shape: Shape, timing: Timing, *, batch: int, experts: Sequence[str]
) -> list[dict[str, Any]]:
    """A row for the plain transformer and one for each kind of experts."""
    kinds = ["none", *experts]
    labels = (torch.arange(batch) % _CLASSES).to(timing.device)
    learners: dict[str, _Learner] = {}
    for kind in kinds:
        torch.manual_seed(0)
        network = ClipViT(classes=_CLASSES, size=shape.size, experts=kind)  # type: ignore[arg-type]
        learners[kind] = _Learner(network, shape.clips(batch), timing)

    def step(learner: _Learner) -> Callable[[], None]:
        def loss(clips: Tensor) -> Tensor:
            said = learner.network(clips)
            told = functional.cross_entropy(said["logits"].float(), labels)
            return told + _BALANCE * said["balance"] if "balance" in said else told

        return lambda: learner.step(loss)

    seconds, memory_mib = _timed({kind: step(own) for kind, own in learners.items()}, timing)
    rows = []
    for kind in kinds:
        # Of the same round each, since the machine is not as fast in all of them.
        ratios = [one / plain for one, plain in zip(seconds[kind], seconds["none"], strict=True)]
        median_s = statistics.median(seconds[kind])
        rows.append(
            {
                "experts": kind,
                "batch": batch,
                "parameters": sum(p.numel() for p in learners[kind].network.parameters()),
                "step_ms": 1000 * median_s,
                "ratio": statistics.median(ratios),
                "least_ratio": min(ratios),
                "most_ratio": max(ratios),
                "clips_s": batch / median_s,
                "memory_mib": memory_mib[kind],
            }
        )
    return rows


class _Learner:
    """A network with clips in memory; a step takes them to the device, as training does."""

    def __init__(self, network: nn.Module, clips: Tensor, timing: Timing) -> None:
        self.network = network.to(timing.device).train()
        self._device = timing.device
        on_gpu = timing.device.type == "cuda"
        self._clips = clips.pin_memory() if on_gpu else clips
        self._precision = torch.autocast("cuda", torch.bfloat16) if on_gpu else nullcontext()
        self._optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=on_gpu)

    def step(self, loss: Callable[[Tensor], Tensor]) -> None:
        clips = network_input(self._clips.to(self._device, non_blocking=True))
        self._optimizer.zero_grad()
        with self._precision:
            lost = loss(clips)
        lost.backward()
        self._optimizer.step()


def _timed(
    steps: dict[str, Callable[[], None]], timing: Timing
) -> tuple[dict[str, list[float]], dict[str, float | None]]:
    """Seconds of each round, and what a step takes of the GPU's memory beside what the others hold."""
    memory_mib: dict[str, float | None] = {}
    for name, step in steps.items():
        for _ in range(_WARM_UP):
            memory_mib[name] = _peak_mib(step, timing)
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(timing.rounds):
        for name, step in steps.items():
            seconds[name].append(timing.seconds(step))
    return seconds, memory_mib


def _peak_mib(step: Callable[[], None], timing: Timing) -> float | None:
    if timing.device.type != "cuda":
        step()
        return None
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated()
    step()
    torch.cuda.synchronize()
    return float((torch.cuda.max_memory_allocated() - held) / 2**20)


def _flops_a_clip(shape: Shape, seen: int) -> int:
    """Of forward and backward, two for each multiply-accumulate; what masking leaves out is not counted."""
    with torch.device("meta"):
        network = MaskedClipAutoencoder(size=shape.size)
        clips = torch.empty(1, 3, shape.frames, shape.side_px, shape.side_px)
        visible = torch.zeros(1, seen, dtype=torch.int64)
        with FlopCounterMode(display=False) as counter:
            reconstruction_loss(network(clips, visible), visible=visible).backward()
    return int(counter.get_total_flops())
