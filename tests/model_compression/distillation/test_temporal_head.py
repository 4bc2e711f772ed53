"""A head that follows a driver: it looks back only, and frame by frame says what it says of a whole clip."""

from __future__ import annotations

import pytest
import torch

from edge_app.errors import UserError
from model_compression.students.temporal_head import TemporalHead


def head() -> TemporalHead:
    torch.manual_seed(0)
    return TemporalHead(labels={"drowsiness": 1, "expression": 7}, features=12, hidden=8).eval()


def clip(seed: int = 1) -> torch.Tensor:
    return torch.randn(2, 6, 12, generator=torch.Generator().manual_seed(seed))


def test_frame_by_frame_it_says_what_it_says_of_the_clip() -> None:
    network, features = head(), clip()
    whole = network(features)
    memory = network.begin(2)
    for frame in range(6):
        said = network(features[:, frame : frame + 1], memory)
        memory = said["memory"][:, 0]
        for label in ("drowsiness", "expression"):
            assert torch.allclose(said[label][:, 0], whole[label][:, frame], atol=1e-6)


def test_frames_to_come_change_nothing() -> None:
    network, features = head(), clip()
    other = features.clone()
    other[:, 4:] = 9.0
    before, after = network(features), network(other)
    assert torch.equal(before["expression"][:, :4], after["expression"][:, :4])
    assert not torch.equal(before["expression"][:, 4:], after["expression"][:, 4:])


def test_memory_is_of_one_size_however_long_the_drive() -> None:
    network = head()
    assert network(clip())["memory"][:, -1].shape == network.begin(2).shape == (2, 8)


def test_new_driver_is_not_judged_by_the_one_before() -> None:
    network, features = head(), clip()
    alone = network(features, network.begin(2))["drowsiness"]
    remembered = network(features, network(clip(7))["memory"][:, -1])["drowsiness"]
    assert torch.equal(alone, network(features)["drowsiness"])
    assert not torch.allclose(alone, remembered)


def test_head_without_labels_is_refused() -> None:
    with pytest.raises(UserError, match="labels"):
        TemporalHead(labels={})
