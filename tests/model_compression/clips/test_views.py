"""Several looks at a clip, and how what was said of them becomes one answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model_compression.data.clips.store import ClipStore
from model_compression.training.clips.answering import Seen, answers_to
from model_compression.training.clips.views import crops_of, frames_of_look, together
from tests.model_compression.clips.drawn_clips import drawn_set, moving_spot

CPU = torch.device("cpu")


def looks(count: int, sampling: str, of: int, stride: int = 1) -> list[list[int]]:
    return [
        frames_of_look(count, 4, sampling=sampling, stride=stride, number=n, of=of).tolist()  # type: ignore[arg-type]
        for n in range(of)
    ]


def test_dense_looks_reach_from_the_first_frame_to_the_last() -> None:
    assert looks(20, "dense", 3, stride=2) == [
        [0, 2, 4, 6],
        [6, 8, 10, 12],  # half of 13 is rounded to even
        [13, 15, 17, 19],
    ]


def test_looks_by_segments_show_other_frames_of_each_stretch() -> None:
    assert looks(16, "segments", 2) == [[1, 5, 9, 13], [3, 7, 11, 15]]


@pytest.mark.parametrize("sampling", ["segments", "dense"])
def test_looks_at_a_short_clip_stay_inside_it(sampling: str) -> None:
    assert all(0 <= frame < 2 for look in looks(2, sampling, 3) for frame in look)


def test_crops_lie_from_left_to_right() -> None:
    clip = np.tile(np.arange(64, dtype=np.uint8)[None, None, :, None], (2, 64, 1, 1))
    left, right = crops_of(clip, 56, 2)
    assert left.shape == right.shape == (2, 56, 56, 1)
    assert (int(left[0, 0, 0, 0]), int(right[0, 0, -1, 0])) == (0, 63)


def test_answer_is_the_mean_of_the_probabilities() -> None:
    said = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0)) * 3
    mean = said.softmax(2).mean(1)
    assert torch.allclose(together("logits", said).softmax(1), mean, atol=1e-6)
    one = said[..., :1]
    assert torch.allclose(together("logits", one).sigmoid(), one.sigmoid().mean(1), atol=1e-6)
    assert torch.allclose(together("embedding", said), said.mean(1))


def test_network_is_asked_about_every_view_of_every_clip(tmp_path: Path) -> None:
    store = ClipStore.open(drawn_set(tmp_path / "clips"))
    rows = list(range(5))
    asked: list[int] = []

    def network(clips: torch.Tensor) -> dict[str, torch.Tensor]:
        asked.append(len(clips))
        return {"logits": clips.flatten(1)[:, :2], "embedding": clips.mean(dim=(2, 3, 4))}

    seen = Seen(4, "segments", 1, 24, times=2, crops=2)
    whole = answers_to(network, store, rows, seen, CPU)
    assert sum(asked) == 5 * 4
    assert [len(value) for value in whole.values()] == [5, 5]
    alone = answers_to(network, store, rows[3:4], seen, CPU)
    assert np.allclose(whole["logits"][3], alone["logits"][0], atol=1e-6)


def test_one_view_says_what_the_network_says() -> None:
    clip = moving_spot(1, 0, 0, 1)
    seen = Seen(4, "segments", 1, 32)
    assert np.array_equal(seen.of(clip), clip[[1, 3, 5, 7]][np.newaxis])
    logits = torch.tensor([[[1.0, 2.0]]])
    assert torch.equal(together("logits", logits), logits[:, 0])
