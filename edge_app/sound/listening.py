"""How a network listens to a whole recording: normalised, in chunks, and told at the instants of frames.

What runs the network comes in as `Ask`: the same arithmetic for the workshop's torch and the vehicle's runtimes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.sound.sound_chunks import CHUNK_S, OVERLAP_S, TokenGrid, at_frames, chunks_of
from edge_app.sound.sound_track import SoundTrack

Ask = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(1, n) samples of a chunk -> (tokens, d)."""
Progress = Callable[[int, int], None]
"""Called with what is done and all of it."""

_LEAST_VARIANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Listening:
    """Of a network of convolutions, then attention: WavLM, wav2vec 2.0, HuBERT."""

    grid: TokenGrid
    size: int  # numbers of a token
    normalises: bool  # samples to mean 0 and deviation 1
    chunk_s: float = CHUNK_S
    overlap_s: float = OVERLAP_S

    def tokens(
        self,
        samples: NDArray[np.float32],
        ask: Ask,
        *,
        progress: Progress = lambda done, of: None,
    ) -> NDArray[np.float32]:
        """(n,) -> (T_a, d)."""
        if self.normalises and len(samples):
            # Of the whole recording, as a feature extractor does, whichever chunk is heard.
            samples = (samples - samples.mean()) / np.sqrt(
                samples.var() + np.float32(_LEAST_VARIANCE)
            )
        chunks = chunks_of(len(samples), self.grid, chunk_s=self.chunk_s, overlap_s=self.overlap_s)
        parts = [np.zeros((0, self.size), np.float32)]
        for number, chunk in enumerate(chunks):
            told = ask(samples[None, chunk.begin : chunk.end])
            parts.append(told[chunk.skipped : chunk.skipped + chunk.kept])
            progress(number + 1, len(chunks))
        return np.concatenate(parts)

    def at_frames(
        self,
        sound: SoundTrack | None,
        frame_times_s: NDArray[np.float64],
        ask: Ask,
        *,
        progress: Progress = lambda done, of: None,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(T, d), and at which of the T frames there is sound. frame_times_s: (T,) from the first picture."""
        samples = np.zeros(0, np.float32) if sound is None else sound.samples
        begins_s, ends_s = (0.0, 0.0) if sound is None else (sound.begins_s, sound.ends_s)
        tokens = self.tokens(samples, ask, progress=progress)
        times_s = begins_s + self.grid.times_s(len(tokens))
        return at_frames(tokens, times_s, frame_times_s, begins_s=begins_s, ends_s=ends_s)
