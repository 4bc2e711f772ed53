"""When a network's answers to sound were given, in which chunks long sound is heard, and what is said at each frame.

Plain arithmetic on numbers: the same for any runtime. A network of sound (WavLM, wav2vec 2.0, HuBERT) turns samples
into tokens by convolutions without padding, then looks at all tokens at once; hours of them do not fit into memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK_S, OVERLAP_S = 20.0, 4.0


@dataclass(frozen=True, slots=True)
class TokenGrid:
    """Where tokens lie among samples: token k has seen `reach` samples from sample k * hop on."""

    hop: int  # samples
    reach: int  # samples
    sample_rate_hz: int = 16_000

    @staticmethod
    def of(
        kernels: Sequence[int], strides: Sequence[int], sample_rate_hz: int = 16_000
    ) -> TokenGrid:
        """Of convolutions without padding, one after the other."""
        hop, reach = 1, 1
        for kernel, stride in zip(kernels, strides, strict=True):
            reach += (kernel - 1) * hop
            hop *= stride
        return TokenGrid(hop, reach, sample_rate_hz)

    def count(self, samples: int) -> int:
        """Tokens of so many samples."""
        return 0 if samples < self.reach else (samples - self.reach) // self.hop + 1

    def times_s(self, count: int) -> NDArray[np.float64]:
        """(count,) the middle of what each token has seen, from the first sample."""
        return (np.arange(count) * self.hop + self.reach / 2) / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class Chunk:
    begin: int  # samples
    end: int
    skipped: int  # its first tokens, which the chunk before knows better
    kept: int  # tokens after those


def chunks_of(
    samples: int, grid: TokenGrid, *, chunk_s: float = CHUNK_S, overlap_s: float = OVERLAP_S
) -> list[Chunk]:
    """Chunks whose kept tokens are all tokens, each once and in order. Sound of one chunk's length is heard at once.

    Two neighbours share `overlap_s`; a token is taken from the chunk in whose inside it lies deeper, so that each has
    half of that on both sides. Chunks begin where tokens do: the convolutions say the same as of the whole.
    """
    total = grid.count(samples)
    chunk = max(1, round(chunk_s * grid.sample_rate_hz / grid.hop))  # tokens
    overlap = min(chunk - 1, round(overlap_s * grid.sample_rate_hz / grid.hop))
    if total <= chunk:
        return [Chunk(0, samples, 0, total)] if total else []
    step = chunk - overlap
    number = math.ceil((total - overlap) / step)
    made = []
    taken = 0
    for place in range(number):
        first = place * step
        last = place == number - 1
        kept_until = total if last else first + chunk - overlap // 2
        end = samples if last else (first + chunk - 1) * grid.hop + grid.reach
        made.append(Chunk(first * grid.hop, end, taken - first, kept_until - taken))
        taken = kept_until
    return made


def at_frames(
    tokens: NDArray[np.float32],
    token_times_s: NDArray[np.float64],
    frame_times_s: NDArray[np.float64],
    *,
    begins_s: float,
    ends_s: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(T_a, d) -> (T, d) on the line between the tokens around each frame (paper 2, sec. 4.2), and where sound is (T,).

    All times count from the video's first picture. Before the first and after the last token its value holds. Zeros
    where the sound has not begun or has ended. The paper stretches the tokens over the frames; here each lies where it
    was heard, which is the same but for sound that is shorter than its video.
    """
    told = np.zeros((len(frame_times_s), tokens.shape[1]), np.float32)
    if not len(tokens):
        return told, np.zeros(len(frame_times_s), np.bool_)
    present = (frame_times_s >= begins_s) & (frame_times_s < ends_s)
    last = len(tokens) - 1
    place = np.interp(frame_times_s[present], token_times_s, np.arange(len(tokens)))
    before = np.minimum(place.astype(np.int64), last)
    after = np.minimum(before + 1, last)
    share = (place - before).astype(np.float32)[:, None]
    told[present] = (1 - share) * tokens[before] + share * tokens[after]
    return told, present
