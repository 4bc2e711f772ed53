"""Sound in chunks: each token once, from where it lies deepest; frames on the line between their tokens."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from edge_app.sound.sound_chunks import TokenGrid, at_frames, chunks_of

# The convolutions of WavLM, wav2vec 2.0 and HuBERT (Baevski et al. 2020, sec. 4.2): 25 ms every 20 ms.
KERNELS, STRIDES = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
GRID = TokenGrid.of(KERNELS, STRIDES)


def test_convolutions_of_wav2vec_see_25_ms_every_20_ms() -> None:
    assert (GRID.hop, GRID.reach) == (320, 400)
    assert GRID.times_s(2).tolist() == [0.0125, 0.0325]


@pytest.mark.parametrize("samples", [399, 400, 719, 720, 16_000, 16_001])
def test_tokens_are_counted_as_the_convolutions_count_them(samples: int) -> None:
    length = samples
    for kernel, stride in zip(KERNELS, STRIDES, strict=True):
        length = max(0, (length - kernel) // stride + 1)
    assert GRID.count(samples) == length


@pytest.mark.parametrize("seconds", [0.01, 1.0, 2.0, 2.02, 3.7, 11.31])
def test_kept_tokens_are_all_tokens_once(seconds: float) -> None:
    samples = round(seconds * 16_000)
    told: list[int] = []
    for chunk in chunks_of(samples, GRID, chunk_s=2.0, overlap_s=0.4):
        first = chunk.begin // GRID.hop
        assert chunk.begin % GRID.hop == 0 and chunk.end <= samples
        assert chunk.skipped + chunk.kept <= GRID.count(chunk.end - chunk.begin)
        told += range(first + chunk.skipped, first + chunk.skipped + chunk.kept)
    assert told == list(range(GRID.count(samples)))


def test_a_token_between_two_chunks_has_half_of_the_overlap_on_both_sides() -> None:
    chunks = chunks_of(16_000 * 10, GRID, chunk_s=2.0, overlap_s=0.4)
    for before, after in pairwise(chunks):
        behind = GRID.count(before.end - before.begin) - before.skipped - before.kept
        assert behind == 10
        assert after.skipped == 10


def test_frames_lie_on_the_line_between_tokens() -> None:
    times = GRID.times_s(50)
    tokens = np.stack([3 * times + 1, -times], axis=1).astype(np.float32)
    frames = np.array([0.1, 0.111, 0.5, 0.9])
    told, present = at_frames(tokens, times, frames, begins_s=0.0, ends_s=1.0)
    np.testing.assert_allclose(told, np.stack([3 * frames + 1, -frames], axis=1), atol=1e-6)
    assert present.all()


def test_frames_beyond_the_sound_have_none() -> None:
    tokens = np.ones((10, 2), np.float32)
    frames = np.array([0.0, 0.3, 0.5, 0.9])
    told, present = at_frames(tokens, 0.25 + GRID.times_s(10), frames, begins_s=0.25, ends_s=0.6)
    assert present.tolist() == [False, True, True, False]
    assert not told[~present].any() and (told[present] == 1).all()


def test_no_token_is_no_sound() -> None:
    told, present = at_frames(
        np.zeros((0, 3), np.float32), GRID.times_s(0), np.array([0.0]), begins_s=0.0, ends_s=0.01
    )
    assert told.shape == (1, 3) and not present.any()
