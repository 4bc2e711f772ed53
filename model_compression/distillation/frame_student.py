"""The frame student whose embedding a temporal head follows: a face part, fixed. In: prepared clips; out: features."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from edge_app.face.student_crops import MIN_STD
from model_compression.students.heads import EMBEDDING_SIZE
from model_compression.training.network_file import file_at, read_network

BUILT_IN = "mobilefacenet"
_STARTING_POINT = "starting_points/face.pt"


class FrameStudent:
    """A face part that gives an embedding of each frame. The weights do not learn."""

    def __init__(self, network: nn.Module, sha256: str) -> None:
        self.sha256 = sha256  # of its file
        self._network = network.eval().requires_grad_(False)
        self.side_px = int(getattr(network, "input_size_px", 112))

    @staticmethod
    def open(choice: str) -> FrameStudent:
        """choice: `mobilefacenet` (what the built-in bundle is made of), a `student.pt`, or a run's folder."""
        path = Path(choice).expanduser()
        if choice == BUILT_IN:
            path = Path(str(resources.files("model_compression"))) / _STARTING_POINT
        path = file_at(path)
        file = read_network(path)
        if file.part != "face":
            raise UserError(
                f"{choice}: is a part `{file.part}`; a temporal head follows a face part."
            )
        return FrameStudent(file.network().float(), hashlib.sha256(path.read_bytes()).hexdigest())

    @torch.no_grad()
    def features(self, clips: Tensor) -> Tensor:
        """uint8 (B, T, side, side, C) -> (B, T, 256): luma, each frame standardized as in the vehicle."""
        luma = _luma(clips.float())  # (B, T, side, side)
        frames = luma.flatten(0, 1)[:, None]  # (B T, 1, side, side)
        mean = frames.mean(dim=(1, 2, 3), keepdim=True)
        deviation = frames.std(dim=(1, 2, 3), keepdim=True, unbiased=False)
        said = self._network((frames - mean) / deviation.clamp(min=MIN_STD))
        embedding: Tensor = said["embedding"]
        return embedding.reshape(*clips.shape[:2], EMBEDDING_SIZE)


def _luma(clips: Tensor) -> Tensor:
    """(B, T, H, W, C) RGB or luma -> (B, T, H, W); weights of ITU-R BT.601, as OpenCV's."""
    if clips.shape[-1] == 1:
        return clips[..., 0]
    return clips @ torch.tensor([0.299, 0.587, 0.114])
