"""Three in-car clips, seven webcam clips and three of large head turns: what is there to see, and nothing else.

What the frames around each event show was looked at, and is written beside the assertion.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.alerts.event import EventType, Level
from edge_app.driver_state.state import LidState
from edge_app.monitor import MonitorStep
from tests.clips.clip_edits import events_of, read_clip
from tests.clips.conftest import Watch

pytestmark = pytest.mark.real_data

DASH = ["yawdd/dash_1.avi", "yawdd/dash_2.avi", "yawdd/dash_7.avi"]
WEBCAM = [f"webcam/d{number}.mp4" for number in (0, 6, 10, 14, 18, 19, 20)]
HEAD_TURNS = [
    f"headpose/head-pose-face-detection-{who}.gif" for who in ("male", "female", "female-and-male")
]
ASLEEP = {EventType.MICROSLEEP, EventType.SLEEP, EventType.UNRESPONSIVE, EventType.DROWSINESS}

WatchClip = Callable[[str], list[MonitorStep]]


@pytest.mark.parametrize("clip", DASH + WEBCAM)
def test_a_face_is_found_in_99_percent_of_the_frames(watch_clip: WatchClip, clip: str) -> None:
    steps = watch_clip(clip)
    found = sum(step.observation is not None for step in steps)
    assert found >= 0.99 * len(steps)


@pytest.mark.parametrize("clip", DASH + WEBCAM + HEAD_TURNS)
def test_nobody_sleeps_in_any_clip(watch_clip: WatchClip, clip: str) -> None:
    """webcam/d14 flutters her lids at 15 Hz from 4.2 to 6.9 s; dash_7 looks down while she laughs."""
    assert [event for event in events_of(watch_clip(clip)) if event.type in ASLEEP] == []


def test_dash_1_holds_exactly_one_yawn(watch_clip: WatchClip) -> None:
    """The man's jaw drops at 4.2 s, his head goes back, and the mouth is shut again at 9.7 s."""
    yawns = [e for e in events_of(watch_clip("yawdd/dash_1.avi")) if e.type is EventType.YAWN]
    assert len(yawns) == 1
    assert yawns[0].onset_s == pytest.approx(4.3, abs=0.3)
    assert yawns[0].values["end_s"] == pytest.approx(9.1, abs=0.6)


@pytest.mark.parametrize("clip", [clip for clip in DASH + WEBCAM if "dash_1" not in clip])
def test_no_yawn_where_nobody_yawns(watch_clip: WatchClip, clip: str) -> None:
    """dash_7 laughs with an open mouth for 4 s, twice; webcam/d18 gapes for a second."""
    assert [e for e in events_of(watch_clip(clip)) if e.type is EventType.YAWN] == []


def test_attentive_driving_raises_no_event_at_all(watch_clip: WatchClip) -> None:
    """dash_2 drives: mirror glances of a second to both sides, one blink at 12.3 s."""
    assert events_of(watch_clip("yawdd/dash_2.avi")) == []


def test_laughing_raises_no_warning(watch_clip: WatchClip) -> None:
    """dash_7 looks down for 1.5 s (0.7 s), 2.6 s (3.8 s) and 1.1 s (18.7 s): slivers of the irises show."""
    loud = [e for e in events_of(watch_clip("yawdd/dash_7.avi")) if (e.level or 0) >= Level.WARNING]
    assert loud == []


@pytest.mark.parametrize("clip", DASH + WEBCAM)
def test_no_view_is_warned_about(watch_clip: WatchClip, clip: str) -> None:
    """Glare in dash_1 hides his eyes, of which a notice is due; nobody's eyes are shut behind it for long."""
    degraded = [e for e in events_of(watch_clip(clip)) if e.type is EventType.DEGRADED]
    assert [e for e in degraded if (e.level or 0) >= Level.WARNING] == []


def test_lids_cast_down_while_laughing_are_told_from_closed_eyes(watch_clip: WatchClip) -> None:
    """From 1.2 to 2.1 s both irises show as slivers under lowered lids."""
    lids = [
        s.state.lid_episode.lids for s in watch_clip("yawdd/dash_7.avi") if 1.2 < s.state.t_s < 2.1
    ]
    assert lids.count(LidState.CAST_DOWN) > 0.9 * len(lids)


@pytest.mark.parametrize(
    ("clip", "shut_s"),
    [("yawdd/dash_2.avi", 12.28), ("yawdd/dash_7.avi", 11.58), ("webcam/d10.mp4", 7.43)],
)
def test_a_blink_that_can_be_seen_is_counted(
    watch_clip: WatchClip, clip: str, shut_s: float
) -> None:
    """At these times both lids are shut in the picture."""
    blinks = [s.state.blinks.completed for s in watch_clip(clip) if s.state.blinks.completed]
    assert any(b.onset_s <= shut_s <= b.onset_s + b.duration_s for b in blinks)


@pytest.mark.parametrize(
    ("frame_rate_hz", "loudest"), [(5, Level.WARNING), (10, Level.WARNING), (15, Level.ADVICE)]
)
def test_lids_cast_down_alarm_at_no_frame_rate(
    watch: Watch, data_dir: Path, frame_rate_hz: int, loudest: Level
) -> None:
    """dash_7 thinned out: at 10 frames/s and less her blinks fall between the frames, and a warning may come."""
    every = 30 // frame_rate_hz
    frames = read_clip(data_dir / "yawdd/dash_7.avi")
    for first in range(every):
        levels = [event.level or 0 for event in events_of(watch(frames[first::every]))]
        assert max(levels, default=0) <= loudest
