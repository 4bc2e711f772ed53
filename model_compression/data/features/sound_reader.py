"""Sound read by WavLM, wav2vec 2.0 or HuBERT from a folder of transformers: the last hidden state of each token.

Long recordings are heard in chunks of 20 s that overlap by 4 s. Attention sees no further than its chunk: tokens differ
a little from those of the whole recording. In networks whose first convolution is normalised over time
(`feat_extract_norm: group`, the smaller ones) that normalisation is the chunk's too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.sound.listening import Listening
from edge_app.sound.sound_chunks import CHUNK_S, OVERLAP_S, TokenGrid
from edge_app.sound.sound_track import SAMPLE_RATE_HZ, SoundTrack
from model_compression.data.features.feature_set import Stream
from model_compression.data.features.hub_folder import open_hub_folder, refuse_untrained
from model_compression.training.device import DeviceChoice, chosen_device


class SoundReader:
    """One stream, named after the kind of network: `wavlm`, `wav2vec2`, `hubert`."""

    def __init__(
        self,
        folder: Path,
        device: DeviceChoice,
        *,
        chunk_s: float = CHUNK_S,
        overlap_s: float = OVERLAP_S,
    ) -> None:
        """Raises `UserError`."""
        hub = open_hub_folder(folder)
        refuse_untrained(folder, hub)
        size = int(hub.config.hidden_size)
        self.listening = Listening(
            _grid(hub.config, hub.preparing, folder),
            size,
            bool(hub.preparing.get("do_normalize", True)),
            chunk_s,
            overlap_s,
        )
        self._device = chosen_device(device)
        self.network = hub.network.to(self._device)
        self.name: str = hub.config.model_type
        self.streams: Mapping[str, Stream] = {self.name: Stream("sound", size, hub.made_by)}

    def read(
        self, sound: SoundTrack | None, frame_times_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(T, d), and at which of the T frames there is sound. frame_times_s: (T,) from the first picture."""
        return self.listening.at_frames(sound, frame_times_s, self.ask)

    def tokens(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) 16 kHz -> (T_a, d)."""
        return self.listening.tokens(samples, self.ask)

    @torch.no_grad()
    def ask(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(1, n) of one chunk, as the network takes them -> (T_a, d)."""
        told = self.network(input_values=torch.from_numpy(samples).to(self._device))
        out: NDArray[np.float32] = told.last_hidden_state[0].float().cpu().numpy()
        return out


def _grid(config: Any, preparing: Mapping[str, Any], folder: Path) -> TokenGrid:
    kernels, strides = getattr(config, "conv_kernel", None), getattr(config, "conv_stride", None)
    if not kernels or not strides:
        raise UserError(
            f"{folder}: a {config.model_type} does not listen to samples; name WavLM, wav2vec 2.0 or HuBERT."
        )
    if getattr(config, "add_adapter", False):
        raise UserError(
            f"{folder}: its network has an adapter, which thins out its tokens; name one without."
        )
    rate = preparing.get("sampling_rate", SAMPLE_RATE_HZ)
    if rate != SAMPLE_RATE_HZ:
        raise UserError(
            f"{folder}: listens at {rate} Hz but must at {SAMPLE_RATE_HZ}; name another network."
        )
    return TokenGrid.of(kernels, strides, SAMPLE_RATE_HZ)
