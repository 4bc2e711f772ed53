"""The measure of a set's difficulty: it learns what can be seen, and the control notices what is told beside it."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="no torch: install the extra train")

from benchmarks.clip_set import METADATA, ClipSet
from benchmarks.plain_learning import by_metadata, learn, say

PEOPLE = tuple(f"person-{number // 8}" for number in range(64))


def blinking(seed: int) -> ClipSet:
    """Grey clips; those of the second class get darker in some of their frames."""
    chance = np.random.default_rng(seed)
    labels = np.arange(64) % 2
    pixels = chance.integers(90, 110, (64, 8, 16, 16)).astype(np.uint8)
    for clip in np.flatnonzero(labels):
        pixels[clip, 3:6, 4:12, 4:12] -= 60
    return ClipSet(pixels, labels, labels, PEOPLE, ("open", "blinks"))


def rows(lights: np.ndarray) -> list[dict[str, str]]:
    """The first half is train, the second test."""
    names = ("day", "night")
    return [
        {
            **dict.fromkeys(METADATA, "same"),
            "light": names[light],
            "split": "train" if place < 32 else "test",
        }
        for place, light in enumerate(lights)
    ]


def test_network_learns_what_changes_within_a_clip():
    network = learn(blinking(0), frames=8, epochs=8, seed=0)
    unseen = blinking(1)
    assert np.mean(say(network, unseen, frames=8) == unseen.labels) > 0.9


def test_light_that_tells_the_label_is_noticed():
    labels = np.arange(64) % 2
    assert np.mean(by_metadata(rows(labels), labels) == labels[32:]) == 1.0


def test_light_that_tells_nothing_leaves_chance():
    labels = np.arange(64) % 2
    said = by_metadata(rows(np.arange(64) // 2 % 2), labels)
    # 32 clips: three deviations of a half.
    assert np.mean(said == labels[32:]) == pytest.approx(0.5, abs=0.27)
