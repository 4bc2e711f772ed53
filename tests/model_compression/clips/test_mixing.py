"""What is done to clips at random in paper 3's recipe: crops, operations, two clips in one; all frames alike."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.training.clips.mixing import Mixing
from model_compression.training.clips.rand_augment import OPERATIONS, Operation, rand_augmented
from model_compression.training.clips.random_crop import RandomCrop, randomly_cropped

WAYS = {operation.__name__.lstrip("_"): operation for operation in OPERATIONS}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def still_clip(channels: int = 3) -> np.ndarray:
    """Three times the same frame of noise."""
    frame = rng(1).integers(0, 256, (1, 32, 32, channels), dtype=np.uint8)
    return np.repeat(frame, 3, axis=0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("operation", WAYS.values(), ids=WAYS.keys())
def test_operation_does_the_same_to_all_frames(operation: Operation, channels: int) -> None:
    clip = still_clip(channels)
    changed = operation(clip, 0.7, -0.7)
    assert (changed.shape, changed.dtype) == (clip.shape, np.uint8)
    assert (changed == changed[0]).all()
    assert np.array_equal(clip, still_clip(channels)), "the clip itself is left alone"


@pytest.mark.parametrize(
    "name", ["brighten", "contrast", "sharpen", "rotate", "shear_x", "move_y", "solarise"]
)
def test_operation_changes_more_with_more_strength(name: str) -> None:
    clip = still_clip()
    weak, strong = (
        np.abs(WAYS[name](clip, level, level).astype(int) - clip).mean() for level in (0.1, 0.9)
    )
    assert 0 < weak < strong


def test_half_of_the_operations_are_left_out() -> None:
    clip = still_clip()
    random = rng()
    same = [
        np.array_equal(rand_augmented(clip, random, operations=1, strength=9, spread=0), clip)
        for _ in range(200)
    ]
    assert 0.4 < np.mean(same) < 0.65


def test_crop_is_one_part_of_all_frames() -> None:
    clip = np.repeat(np.arange(32 * 32, dtype=np.int64).reshape(1, 32, 32, 1) % 251, 3, axis=0)
    cropped = randomly_cropped(
        clip.astype(np.uint8), 16, rng(), RandomCrop(smallest_area=0.3, mirror=0)
    )
    assert cropped.shape == (3, 16, 16, 1)
    assert (cropped == cropped[0]).all()


def test_crop_of_all_is_the_clip() -> None:
    clip = still_clip()
    whole = randomly_cropped(clip, 32, rng(), RandomCrop(smallest_area=1, mirror=0))
    assert np.array_equal(whole, clip)
    mirrored = randomly_cropped(clip, 32, rng(), RandomCrop(smallest_area=1, mirror=1))
    assert np.array_equal(mirrored, clip[:, :, ::-1])


def test_pasted_share_is_the_share_of_the_pixels() -> None:
    clips = np.zeros((2, 3, 32, 32, 1), dtype=np.uint8)
    clips[1] = 200
    for seed in range(20):
        mixed, share = Mixing(mixup=0, cutmix=1).mix(clips, rng(seed))
        assert (mixed[0] == 0).mean() == pytest.approx(share)
        assert (mixed[1] == 200).mean() == pytest.approx(share)
        assert (mixed[0] == mixed[0, 0]).all()


def test_both_ways_of_mixing_come_equally_often() -> None:
    clips = np.zeros((2, 1, 16, 16, 1), dtype=np.uint8)
    clips[1] = 200
    random = rng()
    faded = [
        bool(np.isin(Mixing(0.8, 1.0).mix(clips, random)[0], (0, 200)).all()) for _ in range(200)
    ]
    assert 0.4 < np.mean(faded) < 0.6
