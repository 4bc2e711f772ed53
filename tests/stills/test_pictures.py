"""Which alerts get pictures, of which moments, and what can be seen on them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.camera.frame import Frame
from edge_app.stills.open_stills import EventStills
from edge_app.stills.picture import Picture, obscured, shown_region, shrunk
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.taker import NAMED_AS, StillTaker, TakenStill
from edge_app.telemetry.kept_in_vehicle import event_leaves
from edge_app.telemetry.settings import TelemetrySettings

RATE_HZ = 10
BOX = (100.0, 100.0, 200.0, 220.0)


def frame(t_s: float, seed: int = 0) -> Frame:
    image = np.random.default_rng(seed).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    return Frame(image, t_s, round(t_s * RATE_HZ))


def step(
    t_s: float, events: tuple[Event, ...] = (), *, seen: bool = True, parked: bool = False
) -> Any:
    """What the taker reads of a `MonitorStep`."""
    return SimpleNamespace(
        state=SimpleNamespace(t_s=t_s),
        observation=SimpleNamespace(box=BOX) if seen else None,
        policy=SimpleNamespace(events=events, parked=parked),
    )


def event(kind: EventType, level: Level | None, t_s: float, **values: Any) -> Event:
    return Event(kind, t_s, t_s - 1.0, level, values)


class Drive:
    """A taker that is shown ten frames a second."""

    def __init__(self, settings: EventStillsSettings, telemetry: TelemetrySettings) -> None:
        self.kept: list[TakenStill] = []
        self.taker = StillTaker(
            settings, lambda event: event_leaves(event, telemetry), self.kept.append
        )
        self.t_s = 0.0

    def go(self, duration_s: float, **changes: Any) -> None:
        for _ in range(round(duration_s * RATE_HZ)):
            self.taker.step(frame(self.t_s), step(self.t_s, **changes))
            self.t_s += 1 / RATE_HZ

    def happens(self, kind: EventType, level: Level | None, **values: Any) -> Event:
        happened = event(kind, level, self.t_s, **values)
        (told,) = self.taker.step(frame(self.t_s), step(self.t_s, (happened,)))
        self.t_s += 1 / RATE_HZ
        return told


@pytest.fixture
def make_drive(make_stills: Callable[..., EventStillsSettings]) -> Callable[..., Drive]:
    def make(publish_impairment: bool = False, **changes: Any) -> Drive:
        telemetry = TelemetrySettings(publish_impairment=publish_impairment)
        return Drive(make_stills(**changes), telemetry)

    return make


@pytest.mark.parametrize(("per_event", "moments"), [(1, "a"), (2, "ba"), (3, "bac")])
def test_moments_before_at_and_after(
    make_drive: Callable[..., Drive], per_event: int, moments: str
) -> None:
    drive = make_drive(per_event=per_event)
    drive.go(5.0)
    at_s = drive.t_s
    told = drive.happens(EventType.MICROSLEEP, Level.WARNING)
    drive.go(2.0)
    (still,) = drive.kept
    assert told.values[NAMED_AS] == still.name
    since_s = [picture.t_s - at_s for picture in still.pictures]
    expected = {"b": -2.0, "a": 0.0, "c": 1.0}
    assert since_s == pytest.approx([expected[moment] for moment in moments], abs=0.51)
    assert len(still.pictures) == per_event


@pytest.mark.parametrize(
    ("kind", "level", "values"),
    [
        (EventType.YAWN, None, {}),
        (EventType.DROWSINESS, Level.ADVICE, {}),
        (EventType.DEGRADED, Level.WARNING, {}),
        (EventType.ALERT_ENDED, Level.WARNING, {"alert": "microsleep"}),
        (EventType.ALERT_ACKNOWLEDGED, Level.WARNING, {"alert": "microsleep"}),
        (EventType.IMPAIRMENT, Level.WARNING, {}),
    ],
)
def test_what_gets_no_picture(
    make_drive: Callable[..., Drive], kind: EventType, level: Level | None, values: dict[str, str]
) -> None:
    drive = make_drive()
    drive.go(3.0)
    told = drive.happens(kind, level, **values)
    drive.go(3.0)
    assert drive.kept == [] and NAMED_AS not in told.values


def test_impairment_only_where_the_owner_publishes_it(make_drive: Callable[..., Drive]) -> None:
    drive = make_drive(publish_impairment=True, levels=("advice",))
    drive.go(3.0)
    assert NAMED_AS in drive.happens(EventType.IMPAIRMENT, Level.ADVICE).values


def test_a_driver_lost_from_sight_is_not_replaced_by_the_whole_cabin(
    make_drive: Callable[..., Drive],
) -> None:
    drive = make_drive()
    drive.go(2.0)
    drive.go(4.0, seen=False)
    told = event(EventType.OFF_ROAD_GLANCE, Level.WARNING, drive.t_s)
    (after,) = drive.taker.step(frame(drive.t_s), step(drive.t_s, (told,), seen=False))
    drive.taker.finish()
    assert drive.kept == [] and after is told


def test_a_camera_that_ends_after_the_alert_costs_the_last_picture_alone(
    make_drive: Callable[..., Drive],
) -> None:
    drive = make_drive()
    drive.go(3.0)
    drive.happens(EventType.SLEEP, Level.ALARM)
    for tenth in range(40):
        drive.taker.step(None, step(drive.t_s + tenth / 10, seen=False))
    assert [len(still.pictures) for still in drive.kept] == [2]


def test_no_picture_is_held_while_parked_or_for_long(make_drive: Callable[..., Drive]) -> None:
    drive = make_drive()
    drive.go(3.0)
    held = drive.taker._before
    assert 1 <= len(held) <= 4
    assert sum(picture.luma.nbytes for picture in held) <= 4 * 320 * 240
    drive.go(3.0, seen=False)
    assert len(held) <= 4 and all(drive.t_s - picture.t_s < 2.7 for picture in held)
    drive.go(0.1, parked=True)
    assert not held


def test_alerts_that_pile_up_are_bounded(make_drive: Callable[..., Drive]) -> None:
    drive = make_drive()
    drive.go(1.0)
    events = tuple(event(EventType.SLEEP, Level.ALARM, drive.t_s) for _ in range(50))
    told = drive.taker.step(frame(drive.t_s), step(drive.t_s, events))
    named = [one for one in told if NAMED_AS in one.values]
    assert len(told) == 50 and len(named) == 4
    drive.taker.finish()
    assert len(drive.kept) == 4


def test_a_failure_costs_stills_not_events(make_stills: Callable[..., Any]) -> None:
    def fail(still: TakenStill) -> None:
        raise RuntimeError("boom")

    stills = EventStills(StillTaker(make_stills(per_event=1), lambda _: True, fail), None)
    happened = event(EventType.SLEEP, Level.ALARM, 1.0)
    assert stills.step(frame(1.0), step(1.0, (happened,))) == (happened,)
    assert stills.failing
    assert stills.step(frame(2.0), step(2.0, (happened,))) == (happened,)


@pytest.mark.parametrize("shape", [(480, 640, 3), (480, 640), (240, 320), (120, 160, 3)])
def test_pictures_are_small_luma_and_no_view_of_the_frame(shape: tuple[int, ...]) -> None:
    image = np.full(shape, 77, np.uint8)
    picture = shrunk(Frame(image, 1.0, 0), (10.0, 10.0, 60.0, 60.0), 320)
    image[:] = 0
    assert picture.luma.shape == ((240, 320) if shape[1] >= 320 else (120, 160))
    assert picture.luma.mean() == pytest.approx(77, abs=1)


def test_only_the_drivers_head_stays_as_it_was() -> None:
    random = np.random.default_rng(3)
    luma = cv2.GaussianBlur(random.integers(0, 255, (240, 320), dtype=np.uint8), (0, 0), 1.5)
    picture = Picture(np.asarray(luma, np.uint8), BOX, 0.0)
    seen = obscured(picture)
    left, top, right, bottom = shown_region(picture)
    assert left <= BOX[0] and top <= BOX[1] and right >= BOX[2] and bottom >= BOX[3]
    assert (right - left) * (bottom - top) < 0.5 * luma.size
    np.testing.assert_array_equal(seen[top:bottom, left:right], luma[top:bottom, left:right])
    outside = np.ones(luma.shape, bool)
    outside[top:bottom, left:right] = False
    # Within a block of 26 px every pixel is the same: nothing finer is left of a passenger.
    edges = np.abs(np.diff(seen.astype(int), axis=1)).max(axis=0) > 0
    assert np.count_nonzero(edges[:left]) <= 12 * left / 320 + 1
    # At most 12 x 9 values describe all of it.
    assert len(np.unique(seen[outside])) <= 12 * 9
