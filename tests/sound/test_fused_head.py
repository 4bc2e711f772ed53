"""Faces and sound over a recording: told by what is there, in windows, and each frame by what carries it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.face.settings import PerceptionSettings
from edge_app.sound.frame_faces import FrameFaces
from edge_app.sound.fused_clip import CarriedBy, FusedClip
from edge_app.sound.fused_head import FusedHead
from edge_app.sound.head_folder import open_fused_head
from edge_app.sound.sound_track import SoundTrack
from tests.sound.tiny_heads import CLASSES, FACE_SIZE, HEARD_LOGIT, SEEN_LOGIT, head_folder

RATE_HZ = 10
FRAMES = 60
LOUD = 0.5
LOST_S = (2.0, 4.0)


@pytest.fixture
def head(tmp_path: Path) -> FusedHead:
    return open_fused_head(head_folder(tmp_path / "head"), PerceptionSettings())


def faces(first: float = 1.0, *, lost_s: tuple[float, float] = LOST_S) -> FrameFaces:
    """first: of each embedding's numbers."""
    kept = FrameFaces()
    for index in range(FRAMES):
        t_s = index / RATE_HZ
        embedding = np.full(FACE_SIZE, first, np.float32)
        kept.add(t_s, None if lost_s[0] <= t_s < lost_s[1] else embedding)
    return kept


def loud(seconds: float = FRAMES / RATE_HZ, begins_s: float = 0.0) -> SoundTrack:
    return SoundTrack(np.full(round(16_000 * seconds), LOUD, np.float32), begins_s)


def carried(clip: FusedClip, by: CarriedBy) -> list[float]:
    return [
        t_s for t_s, one in zip(clip.times_s.tolist(), clip.carried(), strict=True) if one is by
    ]


def test_probabilities_are_those_of_both_streams(head: FusedHead) -> None:
    clip = head.tell(faces(lost_s=(9.0, 9.0)), loud())
    logits = np.array([SEEN_LOGIT, HEARD_LOGIT * LOUD, 0.0])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(clip.probabilities, np.tile(expected, (FRAMES, 1)), atol=1e-5)
    assert set(clip.told()) == {"heard"}


def test_a_lost_face_is_carried_by_sound_and_a_sentence_says_so(head: FusedHead) -> None:
    clip = head.tell(faces(first=5.0), loud())
    assert carried(clip, CarriedBy.SOUND) == [index / RATE_HZ for index in range(20, 40)]
    assert len(carried(clip, CarriedBy.BOTH)) == FRAMES - 20
    told = dict(zip(clip.times_s.tolist(), clip.told(), strict=True))
    assert (told[1.0], told[3.0], told[5.0]) == ("seen", "heard", "seen")
    assert clip.sentences() == [
        "from 2.0 s to 4.0 s no face was seen: the expression is told by sound alone"
    ]
    assert clip.summary()["by_sound_alone_s"] == [[2.0, 4.0]]


def test_without_sound_the_face_tells(head: FusedHead) -> None:
    clip = head.tell(faces(lost_s=(9.0, 9.0)), None)
    assert set(clip.carried()) == {CarriedBy.FACE}
    assert set(clip.told()) == {"seen"} and clip.sentences() == []


def test_with_neither_nothing_is_told(head: FusedHead) -> None:
    clip = head.tell(faces(), loud(3.0))
    assert carried(clip, CarriedBy.NOTHING) == [index / RATE_HZ for index in range(30, 40)]
    rows = {row[0]: row for row in clip.rows()}
    assert rows[3.5] == [3.5, "", "", "", "", "nothing"]
    assert rows[3.5].index("nothing") == clip.columns().index("carried_by")
    assert [sentence.split(" s ")[2] for sentence in clip.sentences()] == [
        "no face was seen: the expression is told by sound alone",
        "there was neither a face nor sound: nothing is told",
        "there was no sound: the expression is told by the face alone",
    ]


def test_short_losses_are_counted_together(head: FusedHead) -> None:
    kept = FrameFaces()
    for index in range(FRAMES):
        embedding = None if index in (10, 20, 21) else np.ones(FACE_SIZE, np.float32)
        kept.add(index / RATE_HZ, embedding)
    sentences = head.tell(kept, loud()).sentences()
    assert sentences == ["by sound alone without a face: 2 short stretches, 0.3 s in all"]


def test_a_short_loss_beside_a_long_one_is_told_too(head: FusedHead) -> None:
    kept = FrameFaces()
    for index in range(FRAMES):
        embedding = None if index == 5 or 20 <= index < 40 else np.ones(FACE_SIZE, np.float32)
        kept.add(index / RATE_HZ, embedding)
    sentences = head.tell(kept, loud()).sentences()
    assert len(sentences) == 2
    assert sentences[1] == "by sound alone without a face: 1 more stretch, 0.1 s in all"


def test_an_embedding_that_is_no_number_is_no_face(head: FusedHead) -> None:
    kept = FrameFaces()
    for _ in range(2):
        kept.add(len(kept) / RATE_HZ, np.full(FACE_SIZE, np.nan, np.float32))
    clip = head.tell(kept, loud())
    assert set(clip.carried()) == {CarriedBy.SOUND} and np.isfinite(clip.probabilities).all()


def test_sound_that_sets_in_late_is_heard_from_then_on(head: FusedHead) -> None:
    clip = head.tell(faces(lost_s=(9.0, 9.0)), loud(begins_s=1.0))
    assert carried(clip, CarriedBy.FACE) == [index / RATE_HZ for index in range(10)]
    assert clip.sentences() == [
        "from 0.0 s to 1.0 s there was no sound: the expression is told by the face alone"
    ]


def test_a_frame_rate_that_the_head_does_not_know_is_told(head: FusedHead) -> None:
    kept = FrameFaces()
    for index in range(FRAMES):
        kept.add(index / 60, np.ones(FACE_SIZE, np.float32))
    (sentence,) = head.tell(kept, loud()).sentences()
    assert "60 frames/s" in sentence and "9 to 30" in sentence


def test_progress_reaches_its_end(head: FusedHead) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}

    def bar(what: str):
        return lambda done, of: seen.setdefault(what, []).append((done, of))

    head.tell(faces(), loud(), bar=bar)
    assert len(seen) == 2
    for steps in seen.values():
        assert steps[-1][0] == steps[-1][1] == len(steps)


def test_a_single_frame_is_enough(head: FusedHead) -> None:
    kept = FrameFaces()
    kept.add(0.0, np.ones(FACE_SIZE, np.float32))
    clip = head.tell(kept, None)
    assert clip.probabilities.shape == (1, len(CLASSES)) and clip.told() == ["seen"]
