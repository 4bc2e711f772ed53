"""The cabin's voice: every output hears the newest alert, none waits for another, failures are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from edge_app.alerts.cabin_settings import (
    CabinOutputSettings,
    CabinSettings,
    ConsoleOutputSettings,
    SoundOutputSettings,
)
from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.alerts.outputs.cabin import PROGRAM_SILENT, CabinVoice

SLEEP = ActiveAlert(EventType.SLEEP, Level.ALARM, 1.0, "eyes_closed")
GLANCE = ActiveAlert(EventType.OFF_ROAD_GLANCE, Level.WARNING, 1.0, "head_turned")


class Recorder:
    """An output that remembers, and waits or fails when it is told to."""

    def __init__(self) -> None:
        self.shown: list[ActiveAlert | None] = []
        self.sustained = 0
        self.opened = 0
        self.closed = 0
        self.error: Exception | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.inside = threading.Event()

    def show(self, voice: ActiveAlert | None) -> None:
        self.inside.set()
        self.may_go_on.wait(5)
        if self.error is not None:
            raise self.error
        self.shown.append(voice)

    def sustain(self, held_s: float) -> None:
        self.sustained += 1

    def close(self) -> None:
        self.closed += 1


class Cabin:
    """A CabinVoice over two recorders, `console` and `sound`, whose clock can be set ahead."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.outputs = {"console": Recorder(), "sound": Recorder()}
        self.voice = CabinVoice(
            CabinSettings(outputs=(ConsoleOutputSettings(), SoundOutputSettings())),
            opener=self._open,
            clock=lambda: time.monotonic() + self.ahead_s,
        )

    def _open(self, settings: CabinOutputSettings) -> Recorder:
        output = self.outputs[settings.type]
        output.opened += 1
        return output


@pytest.fixture
def cabin():
    cabin = Cabin()
    yield cabin
    for output in cabin.outputs.values():
        output.may_go_on.set()
    cabin.voice.close()


def eventually(condition: Callable[[], bool], within_s: float = 3.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def test_every_output_is_told_and_told_to_be_quiet(cabin):
    cabin.voice.post(SLEEP)
    assert eventually(lambda: all(o.shown == [SLEEP] for o in cabin.outputs.values()))
    cabin.voice.post(None)
    assert eventually(lambda: all(o.shown == [SLEEP, None] for o in cabin.outputs.values()))


def test_same_alert_posted_every_frame_is_told_once(cabin):
    for _ in range(50):
        cabin.voice.post(ActiveAlert(EventType.SLEEP, Level.ALARM, 1.0, "eyes_closed"))
    assert eventually(lambda: cabin.outputs["sound"].sustained >= 3)
    assert cabin.outputs["sound"].shown == [SLEEP]


def test_newest_wins_while_an_output_is_busy(cabin):
    slow = cabin.outputs["console"]
    slow.may_go_on.clear()
    cabin.voice.post(GLANCE)
    assert slow.inside.wait(3)
    cabin.voice.post(None)
    cabin.voice.post(SLEEP)
    slow.may_go_on.set()
    assert eventually(lambda: slow.shown == [GLANCE, SLEEP])


def test_hanging_output_neither_delays_post_nor_the_others(cabin):
    cabin.outputs["console"].may_go_on.clear()
    cabin.voice.post(GLANCE)
    began = time.perf_counter()
    cabin.voice.post(SLEEP)
    assert time.perf_counter() - began < 0.05
    assert eventually(lambda: cabin.outputs["sound"].shown[-1:] == [SLEEP])
    assert cabin.outputs["console"].shown == []


def test_failing_output_is_counted_and_the_others_go_on(cabin, caplog):
    cabin.outputs["console"].error = OSError("speaker on fire")
    cabin.voice.post(SLEEP)
    assert eventually(lambda: "console" in cabin.voice.failures())
    failure = cabin.voice.failures()["console"]
    assert failure.failing
    assert failure.count == 1
    assert failure.last == "speaker on fire"
    assert eventually(lambda: cabin.outputs["sound"].shown == [SLEEP])
    assert "sound" not in cabin.voice.failures()
    assert [r.getMessage() for r in caplog.records] == [
        "cabin output console failed: speaker on fire"
    ]


def test_failed_output_is_opened_anew_while_the_alert_is_held(cabin):
    broken = cabin.outputs["console"]
    broken.error = OSError("unplugged")
    cabin.voice.post(SLEEP)
    assert eventually(lambda: "console" in cabin.voice.failures())
    broken.error = None
    assert eventually(lambda: broken.shown == [SLEEP])
    assert broken.opened == 2
    assert not cabin.voice.failures()["console"].failing


def test_latency_from_post_to_told_is_kept_for_each_output(cabin):
    cabin.voice.post(SLEEP)
    assert eventually(lambda: all(cabin.voice.latencies_s().values()))
    assert all(0 <= times[0] < 0.5 for times in cabin.voice.latencies_s().values())


@pytest.mark.parametrize(
    ("held", "hold_s"), [(None, 0.0), (SLEEP, 10.0)], ids=["silent", "alarming"]
)
def test_program_that_stops_speaking_is_told_by_the_outputs_themselves(cabin, held, hold_s):
    outputs = cabin.outputs.values()
    cabin.voice.post(held)
    cabin.ahead_s = CabinSettings().silent_after_s + hold_s + 0.1
    assert eventually(lambda: all(o.shown[-1:] != [held] and o.shown for o in outputs))
    for output in outputs:
        told = output.shown[-1]
        assert (told.type, told.level, told.reason) == (
            EventType.DEGRADED,
            Level.NOTICE,
            PROGRAM_SILENT,
        )
    cabin.voice.post(held)
    assert eventually(lambda: all(o.shown[-1] == held for o in outputs))


def test_alarm_outlasts_the_seconds_in_which_its_program_may_begin_anew(cabin):
    cabin.voice.post(SLEEP)
    cabin.ahead_s = CabinSettings().silent_after_s + 8.0
    assert eventually(lambda: cabin.outputs["sound"].sustained >= 10)
    assert cabin.outputs["sound"].shown == [SLEEP]


def test_failure_of_the_program_is_told_once_and_held(cabin):
    cabin.voice.post(None)
    cabin.ahead_s = 10.0
    sound = cabin.outputs["sound"]
    assert eventually(lambda: sound.sustained >= 5)
    assert len(sound.shown) == 1


def test_loop_that_turns_with_nothing_to_say_is_no_failure(cabin):
    """Such as one whose camera has not been silent for long enough to be at fault."""
    cabin.voice.post(SLEEP)
    assert eventually(lambda: all(o.shown == [SLEEP] for o in cabin.outputs.values()))
    for _ in range(15):
        cabin.ahead_s += 0.9 * CabinSettings().silent_after_s
        cabin.voice.lives()
        time.sleep(0.05)
    assert [output.shown for output in cabin.outputs.values()] == [[SLEEP], [SLEEP]]


def test_program_that_is_still_starting_is_no_failure(cabin):
    cabin.ahead_s = 60.0
    time.sleep(0.5)
    assert [output.shown for output in cabin.outputs.values()] == [[], []]


def test_close_silences_and_releases_every_output(cabin):
    cabin.voice.post(SLEEP)
    assert eventually(lambda: cabin.outputs["sound"].shown == [SLEEP])
    cabin.voice.close()
    assert cabin.outputs["sound"].shown == [SLEEP, None]
    assert [output.closed for output in cabin.outputs.values()] == [1, 1]


def test_output_that_cannot_be_opened_is_told_at_start_before_any_alert(tmp_path):
    missing = SoundOutputSettings(player=str(tmp_path / "no-player"))
    voice = CabinVoice(CabinSettings(outputs=(missing, missing)))
    try:
        assert eventually(lambda: len(voice.failures()) == 2)
        assert set(voice.failures()) == {"sound", "sound 2"}
        assert "apt install alsa-utils" in voice.failures()["sound"].last
    finally:
        voice.close()
