"""The reverse of the real clips, so that a dull detector cannot pass: a blink's closed frame, held.

The frames held were looked at: both lids are shut in every one of them. In dash_1 (glasses, glare, head turned 33
degrees) only the nearer eye can be judged.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.face.settings import BUILT_IN
from edge_app.settings import VigilSettings
from edge_app.views.overlay_video import OverlayVideo
from tests.clips.clip_edits import Image, events_of, hold, read_clip, shaken
from tests.clips.conftest import Watch

pytestmark = pytest.mark.real_data

LATE_S = 0.3
DEGRADED_S = AlertSettings().degraded.lost_eyes_told_after_s
WARNED_BEHIND_GLARE_S = 2 * DEGRADED_S  # a view that flickers takes longer
LIDS = DriverStateSettings().lids
LADDER = [
    (EventType.MICROSLEEP, Level.WARNING, LIDS.microsleep_s),
    (EventType.SLEEP, Level.ALARM, LIDS.sleep_s),
    (EventType.UNRESPONSIVE, Level.UNRESPONSIVE, AlertSettings().closed_eyes.unresponsive_s),
]
DASH_1 = "yawdd/dash_1.avi"
MOUTH_CLOSED = [
    (DASH_1, 12, None),
    ("yawdd/dash_2.avi", 368, None),
    ("webcam/d10.mp4", 223, None),
    ("webcam/d6.mp4", 393, None),
]
LAUGHING = [("yawdd/dash_7.avi", 347, None)]
# The first is the blink at the start of the yawn; the others cut the shut eyes of 0.4 s into its middle.
YAWNING = [
    (DASH_1, 126, None),
    (DASH_1, 12, 170),
    (DASH_1, 12, 200),
    (DASH_1, 12, 230),
]


@pytest.fixture
def not_seen_yet(request: pytest.FixtureRequest) -> None:
    """The built-in models take shut eyes behind the glare of dash_1 for hidden or half open (docs/limits.md)."""
    given = request.node.callspec.params
    if given["perception"] == BUILT_IN and given["clip"] == DASH_1:
        request.applymarker(
            pytest.mark.xfail(
                raises=(KeyError, AssertionError),
                reason="0.1.0 does not see in time that eyes are shut behind glare",
            )
        )


@pytest.mark.usefixtures("not_seen_yet")
@pytest.mark.parametrize("held_s", [1.5, 4.0, 7.0])
@pytest.mark.parametrize(("clip", "shut", "after"), MOUTH_CLOSED + LAUGHING + YAWNING)
def test_eyes_held_shut_climb_the_ladder_in_time(
    watch: Watch, data_dir: Path, clip: str, shut: int, after: int | None, held_s: float
) -> None:
    frames, shut_s = hold(
        read_clip(data_dir / clip), shut, shut if after is None else after, held_s
    )
    raised = {e.type: e for e in events_of(watch(frames)) if e.level and e.level > Level.ADVICE}
    for kind, level, set_s in LADDER:
        if held_s > set_s:
            assert raised[kind].level is level
            assert raised[kind].t_s - shut_s == pytest.approx(set_s, abs=LATE_S)
        else:
            assert kind not in raised


@pytest.mark.usefixtures("not_seen_yet")
@pytest.mark.parametrize(
    ("clip", "shut", "after"), [*MOUTH_CLOSED, *LAUGHING, YAWNING[0], YAWNING[2]]
)
def test_the_ladder_holds_for_a_head_that_sways_before_a_noisy_sensor(
    watch: Watch, data_dir: Path, clip: str, shut: int, after: int | None
) -> None:
    """The held frame turned by 0.4 degrees, shifted by 2 px, with noise of 4 grey levels."""
    frames, shut_s = hold(
        read_clip(data_dir / clip), shut, shut if after is None else after, 7.0, shake=shaken
    )
    raised = {e.type: e for e in events_of(watch(frames)) if e.level and e.level > Level.ADVICE}
    for kind, _, set_s in LADDER:
        assert raised[kind].t_s - shut_s == pytest.approx(set_s, abs=LATE_S)


@pytest.mark.parametrize(("clip", "shut", "after"), [MOUTH_CLOSED[0], *YAWNING])
@pytest.mark.parametrize("shake", [None, shaken], ids=["still", "shaken"])
def test_eyes_shut_behind_glare_are_warned_about(
    watch: Watch,
    data_dir: Path,
    clip: str,
    shut: int,
    after: int | None,
    shake: Callable[[Image, int], Image] | None,
) -> None:
    """Where glare leaves too little to call it sleep, the driver is warned that the eyes are unseen and seem low."""
    frames, shut_s = hold(
        read_clip(data_dir / clip), shut, shut if after is None else after, 7.0, shake=shake
    )
    warned = [e for e in events_of(watch(frames)) if (e.level or 0) >= Level.WARNING]
    assert warned[0].t_s - shut_s <= WARNED_BEHIND_GLARE_S
    ladder = {kind: set_s for kind, _, set_s in LADDER}
    for event in warned:
        if event.type is EventType.DROWSINESS:
            continue
        assert event.type in ladder or {"lids_low_s", "closed_before_s"} & set(event.values)
        assert event.t_s - shut_s >= ladder.get(event.type, DEGRADED_S) - LATE_S


def test_a_held_blink_survives_the_way_through_a_video_file(
    watch: Watch, data_dir: Path, tmp_path: Path
) -> None:
    """Encoded to H.264 and read back, as a clip from outside would come."""
    frames, shut_s = hold(read_clip(data_dir / "yawdd/dash_2.avi"), 368, 368, 4.0)
    path = tmp_path / "held.mp4"
    with OverlayVideo(path, quality_crf=18) as video:
        for frame in frames:
            video.write(frame.image, frame.t_s)
    raised = [e for e in events_of(watch(read_clip(path))) if e.type is EventType.SLEEP]
    assert [e.t_s - shut_s for e in raised] == [pytest.approx(LIDS.sleep_s, abs=LATE_S)]


@pytest.mark.parametrize("frame_rate_hz", [5, 10, 15])
def test_the_ladder_holds_at_low_frame_rates(
    watch: Watch, data_dir: Path, frame_rate_hz: int
) -> None:
    frames, shut_s = hold(read_clip(data_dir / "yawdd/dash_2.avi"), 368, 368, 7.0)
    events = events_of(watch(frames[:: 30 // frame_rate_hz]))
    assert _first(events, EventType.MICROSLEEP).t_s - shut_s == pytest.approx(
        LIDS.microsleep_s, abs=LATE_S + 1 / frame_rate_hz
    )
    assert _first(events, EventType.SLEEP).t_s - shut_s == pytest.approx(
        LIDS.sleep_s, abs=LATE_S + 1 / frame_rate_hz
    )


def test_a_picture_that_stays_the_same_for_long_is_a_frozen_camera(
    watch: Watch, data_dir: Path
) -> None:
    """Longer than any closure that must alarm: what was raised stays, and the view is told to be degraded."""
    frames, shut_s = hold(read_clip(data_dir / "yawdd/dash_2.avi"), 368, 368, 20.0)
    steps = watch(frames)
    frozen = next(s.state.t_s for s in steps if s.fault is not None)
    assert frozen - shut_s == pytest.approx(VigilSettings().camera.frozen_after_s, abs=LATE_S)
    assert _first(events_of(steps), EventType.UNRESPONSIVE)
    assert _first(events_of(steps), EventType.DEGRADED).t_s - shut_s <= 10.0
    during = [s for s in steps if shut_s + 10 < s.state.t_s < shut_s + 19]
    assert all(EventType.UNRESPONSIVE in {a.type for a in s.policy.active} for s in during)


def _first(events: list[Event], kind: EventType) -> Event:
    return next(event for event in events if event.type is kind)
