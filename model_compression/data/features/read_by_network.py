"""Faces read by a picture network of ours: a run's folder, or its `network.pt`, `student.pt` or `teacher.pt`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, CLASSES, EXPRESSION, EXPRESSION_8, VALENCE
from model_compression.data.features.face_pixels import FacePixels
from model_compression.data.features.feature_set import Stream
from model_compression.data.features.seen_frame import Face
from model_compression.students.picture_network import PictureNetwork
from model_compression.training.device import DeviceChoice, chosen_device
from model_compression.training.network_file import NetworkFile, file_at, read_network

_BY_COUNT = {len(CLASSES[task]): CLASSES[task] for task in (EXPRESSION, EXPRESSION_8)}


class NetworkReader:
    """`embedding`, and `scores`: logits, then valence and arousal where it has them (paper 4's ten numbers)."""

    def __init__(self, what: str, device: DeviceChoice) -> None:
        """Raises `UserError` for a network that takes anything but pictures of faces."""
        path = file_at(Path(what).expanduser())
        file = read_network(path)
        network: nn.Module = file.network()
        if not isinstance(network, PictureNetwork):
            raise UserError(
                f"{path}: {file.choice.name} is no picture-network; train one, or name a bundle."
            )
        self._network, self._device = network.to(chosen_device(device)), chosen_device(device)
        self._pixels = FacePixels(network.input_size_px, network.mean, network.std)
        made_by = (
            f"{file.name} ({file.choice.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:12]})"
        )
        with torch.no_grad():
            side = network.input_size_px
            given = self._network(torch.zeros(1, network.channels, side, side, device=self._device))
        self.streams = {"embedding": Stream("face", given["embedding"].shape[1], made_by)}
        places: tuple[str, ...] = ()
        if "logits" in given:
            places += _classes(file, given["logits"].shape[1])
        if "valence_arousal" in given:
            places += (VALENCE, AROUSAL)
        if places:
            self.streams["scores"] = Stream("face", len(places), made_by, places)

    @torch.no_grad()
    def read(self, faces: Sequence[Face]) -> Mapping[str, NDArray[np.float32]]:
        given = self._network(torch.from_numpy(self._pixels.of(faces)).to(self._device))
        said = {"embedding": given["embedding"]}
        if "scores" in self.streams:
            parts = [given[name] for name in ("logits", "valence_arousal") if name in given]
            said["scores"] = torch.cat(parts, dim=1)
        return {name: value.float().cpu().numpy() for name, value in said.items()}


def _classes(file: NetworkFile, count: int) -> tuple[str, ...]:
    """As the task that trained it tells them; else the usual ones of so many, or none by name."""
    for names in file.told.get("classes", {}).values():
        if len(names) == count:
            return tuple(names)
    return _BY_COUNT.get(count, tuple(f"class_{number}" for number in range(count)))
