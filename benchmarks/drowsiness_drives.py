"""Simulated people at each sleepiness, driven as signals or through pictures: what the level says of them.

In: a person, levels of the Karolinska scale, and how the driver is met. Out: one row of plain values for each drive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from calibration.driver.profile import DriverProfile
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.simulated_camera import SimulatedCamera
from driver_simulator.suite.drives import attentive_drive, sleepy_drive
from edge_app.alerts.event import EventType, Level
from edge_app.driver_state.signals import BlinkReading, Signals
from edge_app.driver_state.state import DriverState, HeadDrop
from edge_app.face.observation import Perception
from edge_app.judgement import DriverJudge, Judgement, Moment
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings

Row = dict[str, Any]

UNKNOWN, KNOWN, KNOWN_HEAD = "unknown driver", "known driver", "known driver, blink head"
LEVEL_FROM_S = 60.0  # PERCLOS and blinks look back so far
_SIGNALS_HZ, _ATTENTIVE_HZ = 25.0, 20.0
_LEARNED_AT_KSS = 2.0
_DATE = "2026-01-01T00:00:00Z"  # of a profile that is kept nowhere
_NOD_MARGIN_S = 1.0


class BlinkHead(Protocol):
    """What reads a drive's blinks."""

    def step(self, state: DriverState) -> BlinkReading | None: ...


@dataclass(frozen=True, slots=True)
class Extent:
    """How long each drive is; `learning_s`: the one in which a driver becomes known."""

    learning_s: float
    signals_s: float
    pictures_s: float
    attentive_s: float


def signal_rows(
    person: int,
    levels: Iterable[int],
    extent: Extent,
    settings: VigilSettings,
    head: Callable[[], BlinkHead] | None,
) -> Iterator[Row]:
    """The same signals to a driver who is unknown, and to one whose alert eyes are known from an earlier drive."""
    profile = learned_profile(person, extent, settings)
    for kss in levels:
        scenario = sleepy_drive(person, kss, duration_s=extent.signals_s, frame_rate_hz=_SIGNALS_HZ)
        ways = [_Way(UNKNOWN, scenario, settings)]
        if profile is not None:
            ways.append(_Way(KNOWN, scenario, settings, profile))
            if head is not None:
                ways.append(_Way(KNOWN_HEAD, scenario, settings, profile, head()))
        for signals in _signals(scenario, settings):
            for way in ways:
                way.step(signals)
        for way in ways:
            yield {"layer": "signals", "person": person, "kss": kss, **way.row()}


def picture_rows(
    person: int,
    levels: Iterable[int],
    extent: Extent,
    settings: VigilSettings,
    perception: Perception,
    frame_rate_hz: float,
) -> Iterator[Row]:
    """Drawn, found and read; a driver who is unknown."""
    for kss in levels:
        scenario = sleepy_drive(
            person, kss, duration_s=extent.pictures_s, frame_rate_hz=frame_rate_hz
        )
        way = _Way(UNKNOWN, scenario, settings)
        camera = SimulatedCamera(Performance(scenario), settings.perception)
        monitor = DriverMonitor(perception, settings)
        while (frame := camera.read()) is not None:
            step = monitor.step(frame, way.performance.vehicle_at(frame.t_s))
            if step is not None:
                way.note(Judgement(step.state, step.policy))
        yield {"layer": "pictures", "person": person, "kss": kss, **way.row()}


def attentive_row(person: int, extent: Extent, settings: VigilSettings) -> Row:
    """Every alert of drowsiness is a false one."""
    scenario = attentive_drive(person, duration_s=extent.attentive_s, frame_rate_hz=_ATTENTIVE_HZ)
    way = _Way(UNKNOWN, scenario, settings)
    for signals in _signals(scenario, settings):
        way.step(signals)
    return {"layer": "signals", "person": person, "hours": extent.attentive_s / 3600, **way.row()}


def learned_profile(person: int, extent: Extent, settings: VigilSettings) -> DriverProfile | None:
    """What is known of a person after an alert drive; None where that did not suffice."""
    scenario = sleepy_drive(
        person, _LEARNED_AT_KSS, duration_s=extent.learning_s, frame_rate_hz=_SIGNALS_HZ
    )
    way = _Way(UNKNOWN, scenario, settings)
    for signals in _signals(scenario, settings):
        way.step(signals)
    return way.judge.estimator.personal.profile(created=_DATE, last_used=_DATE)


def _signals(scenario: Scenario, settings: VigilSettings) -> Iterator[Signals]:
    sampler = SignalSampler(Performance(scenario), noise=None, settings=settings.perception)
    return sampler.sample([frame.t_s for frame in frame_times(scenario)])


class _Way:
    """One judge on one drive, and what it said."""

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        settings: VigilSettings,
        profile: DriverProfile | None = None,
        head: BlinkHead | None = None,
    ) -> None:
        self.name = name
        self.performance = Performance(scenario)
        self.judge = DriverJudge(settings.driver_state, settings.alerts, profile)
        self._head = head
        self._reading: BlinkReading | None = None
        self._levels: list[float] = []
        self._probabilities: list[float] = []
        self._confidences: list[float] = []
        self._told_s = -1.0
        self._alerts: list[Level] = []
        self._drops: list[HeadDrop] = []

    def step(self, signals: Signals) -> None:
        if self._head is not None:
            signals = replace(signals, blink_reading=self._reading)
        vehicle = self.performance.vehicle_at(signals.t_s)
        judgement = self.judge.step(Moment(signals, vehicle))
        if self._head is not None:
            self._reading = self._head.step(judgement.state)
        self.note(judgement)

    def note(self, judgement: Judgement) -> None:
        state = judgement.state
        if state.head_drops.completed is not None:
            self._drops.append(state.head_drops.completed)
        self._alerts += [
            event.level
            for event in judgement.policy.events
            if event.type is EventType.DROWSINESS and event.level is not None
        ]
        told = state.drowsiness
        if told.level is None or told.probability is None or state.t_s < self._told_s + 1.0:
            return
        self._told_s = state.t_s
        if state.t_s >= LEVEL_FROM_S:
            self._levels.append(told.level)
            self._probabilities.append(told.probability)
            self._confidences.append(told.confidence)

    def row(self) -> Row:
        nods = [one for one in self.performance.events if one.kind is EventKind.NOD]
        found = sum(
            any(
                nod.onset_s - _NOD_MARGIN_S <= drop.end_s <= nod.end_s + _NOD_MARGIN_S
                for drop in self._drops
            )
            for nod in nods
        )
        return {
            "way": self.name,
            "mean_level": _mean(self._levels),
            "mean_probability": _mean(self._probabilities),
            "mean_confidence": _mean(self._confidences),
            "advice": sum(level is Level.ADVICE for level in self._alerts),
            "warnings": sum(level is Level.WARNING for level in self._alerts),
            "nods": len(nods),
            "nods_found": found,
            "head_drops": len(self._drops),
        }


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
