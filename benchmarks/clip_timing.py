"""Clip networks timed in turns, and depthwise 3D kernels in both memory formats. Needs torch.

In: names and clip shapes. Out: rows of plain numbers. Times are medians over rounds; in a round every contestant has
its turn, so that a slow minute of the machine hits all.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_compression.teachers import create_teacher
from model_compression.teachers.macs import count_macs

_CLASSES = 7
_FEWEST_TO_LEARN = 2  # clips; the alignment loss compares those of a batch
# Channels, frames and side of the maps in which the depthwise kernels of 3D-Xception work, at 16 frames of 112 px.
_DEPTHWISE = ((128, 16, 28), (256, 8, 14), (728, 4, 7), (1536, 2, 4))


@dataclass(frozen=True, slots=True)
class Timing:
    """How it is timed."""

    device: torch.device
    batch: int
    rounds: int

    @staticmethod
    def here(batch: int | None, rounds: int | None, threads: int | None) -> Timing:
        """On the GPU where there is one, with what suits it."""
        if threads:
            torch.set_num_threads(threads)
        on_gpu = torch.cuda.is_available()
        return Timing(
            torch.device("cuda" if on_gpu else "cpu"),
            batch or (16 if on_gpu else 1),
            rounds or (20 if on_gpu else 3),
        )

    def seconds(self, work: Callable[[], Any]) -> float:
        self._wait()
        begun_s = time.perf_counter()
        work()
        self._wait()
        return time.perf_counter() - begun_s

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def device_name() -> str:
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"CPU, {torch.get_num_threads()} threads"


def time_networks(
    names: Sequence[str], shapes: Sequence[tuple[int, int]], timing: Timing
) -> list[dict[str, Any]]:
    """A row for each shape (frames, side px) and network."""
    return [row for shape in shapes for row in _time_shape(names, shape, timing)]


def _time_shape(
    names: Sequence[str], shape: tuple[int, int], timing: Timing
) -> list[dict[str, Any]]:
    # Alone on the device: the others' weights and clips are not this one's memory.
    memory_mib = {name: _Run(name, shape, timing).memory_mib() for name in names}
    runs = {name: _Run(name, shape, timing) for name in names}
    for run in runs.values():
        run.warm_up()
    kinds = ("inference", "single", "training")
    taken: dict[tuple[str, str], list[float]] = {(n, kind): [] for n in names for kind in kinds}
    for _ in range(timing.rounds):
        for name, run in runs.items():
            taken[name, "inference"].append(timing.seconds(run.infer))
            taken[name, "single"].append(timing.seconds(run.infer_one))
            taken[name, "training"].append(timing.seconds(run.learn))
    rows = []
    for name, run in runs.items():
        median = {kind: statistics.median(taken[name, kind]) for kind in kinds}
        rows.append(
            {
                "network": name,
                "shape": list(shape),
                "frames": shape[0],
                "side_px": shape[1],
                "macs": count_macs(run.network, (3, shape[0], shape[1], shape[1])),
                "parameters": sum(p.numel() for p in run.network.parameters()),
                "inference_clips_s": timing.batch / median["inference"],
                "single_ms": 1000 * median["single"],
                "training_clips_s": max(timing.batch, _FEWEST_TO_LEARN) / median["training"],
                "training_mib": memory_mib[name],
            }
        )
    return rows


class _Run:
    """One network with a batch of its shape."""

    def __init__(self, name: str, shape: tuple[int, int], timing: Timing) -> None:
        frames, side_px = shape
        self._timing = timing
        torch.manual_seed(0)
        self.network: nn.Module = create_teacher(name, classes=_CLASSES)
        self.network.to(timing.device, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self._clips = torch.randn(timing.batch, 3, frames, side_px, side_px, device=timing.device)
        self._clips = self._clips.contiguous(memory_format=torch.channels_last_3d)
        self._labels = torch.arange(timing.batch, device=timing.device) % _CLASSES
        self._optimizer = torch.optim.SGD(self.network.parameters(), lr=1e-4, momentum=0.9)

    def warm_up(self) -> None:
        self.infer()
        self.infer_one()
        self.learn()

    @torch.inference_mode()
    def infer(self) -> None:
        self.network.eval()
        with self._precision():
            self.network(self._clips)

    @torch.inference_mode()
    def infer_one(self) -> None:
        self.network.eval()
        with self._precision():
            self.network(self._clips[:1])

    def learn(self) -> None:
        self.network.train()
        clips, labels = self._clips, self._labels
        if len(clips) < _FEWEST_TO_LEARN:
            clips = clips.repeat(_FEWEST_TO_LEARN, 1, 1, 1, 1)
            labels = labels.repeat(_FEWEST_TO_LEARN)
        self._optimizer.zero_grad()
        with self._precision():
            out = self.network(clips, labels)
            loss = functional.cross_entropy(out["logits"].float(), labels)
            if "auxiliary_logits" in out:
                loss = loss + 0.4 * functional.cross_entropy(
                    out["auxiliary_logits"].float(), labels
                )
            if "alignment" in out:
                loss = loss + 0.1 * out["alignment"]
        loss.backward()
        self._optimizer.step()

    def memory_mib(self) -> float | None:
        """The most that one training step takes on the GPU, weights included."""
        if self._timing.device.type != "cuda":
            return None
        torch.cuda.reset_peak_memory_stats()
        self.learn()
        torch.cuda.synchronize()
        return float(torch.cuda.max_memory_allocated() / 2**20)

    def _precision(self) -> Any:
        if self._timing.device.type == "cuda":
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()


def depthwise_layouts(shapes: Sequence[tuple[int, int]], timing: Timing) -> list[dict[str, Any]]:
    """Forward and backward of a depthwise 3x3x3 in both memory formats, at the maps of each clip shape."""
    rows = []
    for _, side_px in shapes:
        for channels, frames, at_112 in _DEPTHWISE:
            side = max(2, round(at_112 * side_px / 112))
            rows.append(_layouts_of((timing.batch, channels, frames, side, side), timing))
    return rows


def _layouts_of(shape: tuple[int, ...], timing: Timing) -> dict[str, Any]:
    row: dict[str, Any] = {"shape": "x".join(map(str, shape[1:])), "stride": 1}
    half = timing.device.type == "cuda"
    dtype = torch.bfloat16 if half else torch.float32
    contestants = {}
    for name, layout in (
        ("contiguous", torch.contiguous_format),
        ("channels_last", torch.channels_last_3d),
    ):
        kernel = nn.Conv3d(shape[1], shape[1], 3, padding=1, groups=shape[1], bias=False)
        kernel = kernel.to(timing.device, dtype)
        kernel.weight.data = kernel.weight.data.contiguous(memory_format=layout)
        x = torch.randn(shape, device=timing.device, dtype=dtype)
        contestants[name] = _Layer(kernel, x.contiguous(memory_format=layout).requires_grad_())
    taken: dict[str, list[float]] = {}
    for turn in range(timing.rounds + 1):
        for name, layer in contestants.items():
            forward, backward = timing.seconds(layer.forward), timing.seconds(layer.backward)
            if turn:  # the first one only warms up
                taken.setdefault(f"{name}_forward_ms", []).append(1000 * forward)
                taken.setdefault(f"{name}_backward_ms", []).append(1000 * backward)
    row |= {name: statistics.median(values) for name, values in taken.items()}
    for way in ("forward", "backward"):
        first, last = row[f"contiguous_{way}_ms"], row[f"channels_last_{way}_ms"]
        row[f"quicker_{way}"] = "contiguous" if first < last else "channels last"
    return row


class _Layer:
    def __init__(self, kernel: nn.Module, x: Tensor) -> None:
        self._kernel = kernel
        self._x = x
        self._out: Tensor | None = None

    def forward(self) -> None:
        self._out = self._kernel(self._x)

    def backward(self) -> None:
        assert self._out is not None
        self._out.backward(torch.ones_like(self._out))
