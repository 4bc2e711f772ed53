"""What a network says of whole videos: the mean of its logits over all windows that cover a frame, then smoothed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_app.sound.smoothing import Smoothing, softmax
from edge_app.sound.windows import Windows
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.evaluation.frames.answers import FrameAnswers
from model_compression.training.frames.samples import window_of
from model_compression.training.frames.videos import WatchedVideo

_BATCH = 64
_INPUTS = ("visual", "sound", "visual_present", "sound_present")


@torch.no_grad()
def frame_logits(
    network: nn.Module, video: WatchedVideo, windows: Windows, device: torch.device
) -> NDArray[np.float64]:
    """(T, C) of every frame of a video. The network is in eval mode, on `device`."""
    starts = windows.starts(len(video))
    said = []
    for begin in range(0, len(starts), _BATCH):
        shown = [window_of(video, int(start), windows) for start in starts[begin : begin + _BATCH]]
        given = [torch.from_numpy(np.stack([one[name] for one in shown])) for name in _INPUTS]
        out = network(*(value.to(device) for value in given))
        said.append(out["logits"].float().cpu().numpy())
    return windows.averaged(np.concatenate(said), starts, len(video))


def answers_to(
    network: nn.Module,
    videos: Iterable[WatchedVideo],
    classes: tuple[str, ...],
    *,
    windows: Windows,
    smoothing: Smoothing,
    device: torch.device,
) -> FrameAnswers:
    """Of the labelled frames. A video is smoothed whole, its frames without a label too; one without labels is no part.

    Raises `ValueError` where no frame is labelled.
    """
    parts: dict[str, list[NDArray[np.generic]]] = {}
    for video in videos:
        own = video.truth != NO_CLASS
        if not own.any():
            continue
        logits = frame_logits(network, video, windows, device)
        probabilities, said = smoothing.of(softmax(logits))
        for name, values in (
            ("probabilities", probabilities[own]),
            ("said", said[own]),
            ("truth", video.truth[own]),
            ("videos", np.full(own.sum(), video.video)),
            ("persons", np.full(own.sum(), video.person)),
        ):
            parts.setdefault(name, []).append(values)
    if not parts:
        raise ValueError("no frame is labelled")
    together = {name: np.concatenate(values) for name, values in parts.items()}
    return FrameAnswers(**together, classes=classes)


def log_loss(answers: FrameAnswers) -> float:
    """Mean cross-entropy, of probabilities that a filter may have brought to 0."""
    own = answers.probabilities[np.arange(len(answers)), answers.truth]
    return float(-np.log(own.clip(min=1e-9)).mean())
