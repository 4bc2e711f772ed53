"""Which frames of a clip are seen, how they are varied, and that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model_compression.training.clips.frame_choice import chosen_frames
from model_compression.training.clips.labels import Question
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.samples import ClipSamples
from model_compression.training.clips.source import open_sources
from model_compression.training.clips.varied_clip import (
    NOTHING,
    OUTSIDE,
    ClipAugmentation,
    resized,
    varied_clip,
)
from model_compression.training.config import DataSet
from tests.model_compression.clips.drawn_clips import drawn_set, moving_spot


def test_segments_show_the_whole_of_a_clip() -> None:
    assert chosen_frames(64, 4, sampling="segments").tolist() == [8, 24, 40, 56]
    drawn = chosen_frames(64, 4, sampling="segments", rng=np.random.default_rng(0))
    assert (drawn // 16).tolist() == [0, 1, 2, 3]


def test_dense_frames_lie_a_stride_apart() -> None:
    assert chosen_frames(64, 4, sampling="dense", stride=2).tolist() == [29, 31, 33, 35]


@pytest.mark.parametrize("sampling", ["segments", "dense"])
def test_short_clip_shows_frames_again_and_none_that_are_not_there(sampling: str) -> None:
    which = chosen_frames(3, 8, sampling=sampling)  # type: ignore[arg-type]
    assert len(which) == 8
    assert (which.min(), which.max()) == (0, 2)
    assert (np.diff(which) >= 0).all()


def test_nothing_varied_is_the_clip_itself() -> None:
    clip = moving_spot(0, 0, 0, 3)
    assert np.array_equal(varied_clip(clip, 32, np.random.default_rng(0), NOTHING), clip)


@pytest.mark.parametrize("side_px", [16, 28, 48])
def test_nothing_varied_at_another_size_is_the_clip_resized(side_px: int) -> None:
    clip = moving_spot(2, 0, 0, 1)
    varied = varied_clip(clip, side_px, np.random.default_rng(0), NOTHING)
    apart = np.abs(varied.astype(int) - resized(clip, side_px).astype(int))
    inside = apart[
        :, 1:-1, 1:-1
    ]  # the outermost pixels lie between the clip and the grey beside it
    assert varied.shape == (8, side_px, side_px, 1)
    assert inside.mean() < 4


def test_mirrored_clip_is_mirrored_in_every_frame() -> None:
    clip = moving_spot(1, 0, 0, 1)
    mirrored = varied_clip(
        clip, 32, np.random.default_rng(0), NOTHING.model_copy(update={"mirror": 1.0})
    )
    assert np.array_equal(mirrored, clip[:, :, ::-1])


def test_patch_is_erased_at_one_place_of_all_frames() -> None:
    clip = np.full((4, 32, 32, 1), 7, dtype=np.uint8)
    erased = varied_clip(
        clip, 32, np.random.default_rng(0), NOTHING.model_copy(update={"erase": 1.0})
    )
    gone = erased != 7
    assert 0 < gone[0].mean() < 0.5
    assert (gone == gone[0]).all()


def test_what_lies_beyond_the_clip_is_the_grey_of_outside() -> None:
    clip = np.full((2, 32, 32, 1), 7, dtype=np.uint8)
    small = varied_clip(
        clip,
        32,
        np.random.default_rng(0),
        NOTHING.model_copy(update={"smallest_scale": 0.5, "largest_scale": 0.5}),
    )
    assert small[0, 0, 0, 0] == OUTSIDE
    assert small[0, 16, 16, 0] == 7


def test_every_clip_is_seen_once_before_any_comes_again(tmp_path: Path) -> None:
    sources = open_sources(
        (DataSet(name=str(drawn_set(tmp_path / "clips"))),),
        Question("drowsiness"),
        fold=None,
        held_out_share=0.1,
    )
    samples = ClipSamples(
        sources,
        ClipAugmentation(),
        frames=4,
        sampling="segments",
        stride=1,
        side_px=16,
        seed=1,
        stage_index=0,
    )
    count = len(sources[0].learned)
    rounds = [[int(samples[k * count + n]["row"]) for n in range(count)] for k in range(2)]
    assert sorted(rounds[0]) == sorted(rounds[1]) == sorted(c.row for c in sources[0].learned)
    assert rounds[0] != rounds[1]
    one, again = samples[5], samples[5]
    assert np.array_equal(one["clips"], again["clips"])
    assert samples.name(5).endswith(sources[0].store.rows[int(one["row"])].clip)


def test_light_of_a_clip_does_not_reach_the_network() -> None:
    clip = torch.from_numpy(moving_spot(0, 0, 0, 1))[None].float()
    bright = network_input((clip * 1.2 + 9).to(torch.float32))
    assert torch.allclose(network_input(clip), bright, atol=1e-4)
    assert network_input(clip).shape == (1, 1, 8, 32, 32)
