"""The alert ladder: driver state and vehicle in; active alerts, the one voice, and events out.

A pure step function: no clock, no I/O. What it was told before is all it remembers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge_app.alerts.closed_eyes_rule import ClosedEyesRule
from edge_app.alerts.degraded_rule import DegradedRule
from edge_app.alerts.demand import Demand, Rule
from edge_app.alerts.distraction_rule import GlanceRule, GlanceShareRule
from edge_app.alerts.drowsiness_rule import DrowsinessRule
from edge_app.alerts.event import ActiveAlert, Event, EventType, Level
from edge_app.alerts.impairment_rule import ImpairmentRule
from edge_app.alerts.motion import MotionEstimator
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.state import DriverState, OffRoad
from edge_app.vehicle.state import VehicleState


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """What holds and what happened at one moment."""

    active: tuple[ActiveAlert, ...]  # loudest first
    voice: ActiveAlert | None  # the one alert that the cabin may voice now
    events: tuple[Event, ...]
    parked: bool = False


@dataclass(slots=True)
class _Slot:
    """One rule and the alert it has raised."""

    rule: Rule
    alert: ActiveAlert | None = None
    demand: Demand | None = None
    raised_s: float = 0.0  # first raise of the alert, before any escalation
    muted_until_s: float | None = None


class AlertPolicy:
    """Steps the ladder's rules, turns their demands into alerts, and keeps one voice at a time."""

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings
        self._motion = MotionEstimator(settings.parking)
        standing_clears_s = settings.parking.clear_distraction_after_s
        self._closed_eyes = _Slot(ClosedEyesRule(settings.closed_eyes))
        self._glance = _Slot(GlanceRule(settings.distraction, standing_clears_s=standing_clears_s))
        self._slots = (
            self._closed_eyes,
            _Slot(DrowsinessRule(settings.drowsiness)),
            self._glance,
            _Slot(GlanceShareRule(settings.distraction, standing_clears_s=standing_clears_s)),
            _Slot(ImpairmentRule(settings.impairment)),
            _Slot(DegradedRule(settings.degraded)),
        )

    def step(
        self, state: DriverState, vehicle: VehicleState, *, acknowledged: bool = False
    ) -> PolicyStep:
        """`acknowledged`: the driver has pressed the button since the last step."""
        motion = self._motion.step(state.t_s, vehicle)
        events: list[Event] = []
        for slot in self._slots:
            if motion.parked:
                slot.rule.reset()
                demand = None
            else:
                demand = slot.rule.step(state, motion)
            if slot is self._glance and demand is not slot.demand and self._eyes_have_it(state):
                demand = None
                slot.rule.reset()
            self._update(slot, demand, state.t_s, events)
        if state.yawn.completed is not None and not motion.parked:
            yawn = state.yawn.completed
            events.append(
                Event(
                    EventType.YAWN,
                    state.t_s,
                    yawn.onset_s,
                    values={
                        "end_s": round(yawn.end_s, 3),
                        "duration_s": round(yawn.duration_s, 3),
                        "peak_mouth_openness": round(yawn.peak, 3),
                    },
                )
            )
        self._unmute(state.t_s)
        if acknowledged:
            self._acknowledge(state.t_s, events)
        active = sorted(
            (slot.alert for slot in self._slots if slot.alert is not None),
            key=lambda alert: (-alert.level, -alert.since_s),
        )
        return PolicyStep(tuple(active), self._voice(state.t_s), tuple(events), motion.parked)

    def _eyes_have_it(self, state: DriverState) -> bool:
        """Closed eyes that are warned about already are not a glance as well."""
        return self._closed_eyes.alert is not None and state.glance.why is OffRoad.EYES_CLOSED

    def _update(self, slot: _Slot, demand: Demand | None, t_s: float, events: list[Event]) -> None:
        if demand is slot.demand:
            return
        slot.demand = demand
        if demand is None:
            if slot.alert is not None:
                events.append(_ended(slot, t_s))
            slot.alert = None
            slot.muted_until_s = None
            return
        if slot.alert is None:
            slot.raised_s = t_s
        # Heard was the last one: what is new is told aloud again.
        slot.muted_until_s = None
        slot.alert = ActiveAlert(demand.type, demand.level, t_s, demand.reason)
        events.append(
            Event(
                demand.type,
                t_s,
                demand.onset_s,
                demand.level,
                {**demand.values, "reason": demand.reason},
            )
        )

    def _acknowledge(self, t_s: float, events: list[Event]) -> None:
        for slot in self._slots:
            if slot.alert is None or slot.muted_until_s is not None:
                continue
            slot.muted_until_s = t_s + self._settings.acknowledge_mute_s
            slot.alert = replace(slot.alert, acknowledged=True)
            events.append(
                Event(
                    EventType.ALERT_ACKNOWLEDGED,
                    t_s,
                    slot.raised_s,
                    values={"alert": slot.alert.type.value},
                )
            )

    def _unmute(self, t_s: float) -> None:
        for slot in self._slots:
            if (
                slot.alert is not None
                and slot.muted_until_s is not None
                and t_s >= slot.muted_until_s
            ):
                slot.muted_until_s = None
                slot.alert = replace(slot.alert, acknowledged=False)

    def _voice(self, t_s: float) -> ActiveAlert | None:
        loudest: ActiveAlert | None = None
        for slot in self._slots:
            alert = slot.alert
            if alert is None or slot.muted_until_s is not None:
                continue
            brief = alert.level <= Level.ADVICE or alert.type is EventType.DROWSINESS
            if brief and t_s - alert.since_s > self._settings.brief_voice_s:
                continue
            if loudest is None or (alert.level, alert.since_s) > (loudest.level, loudest.since_s):
                loudest = alert
        return loudest


def _ended(slot: _Slot, t_s: float) -> Event:
    assert slot.alert is not None and slot.demand is None
    return Event(
        EventType.ALERT_ENDED,
        t_s,
        slot.raised_s,
        values={
            "alert": slot.alert.type.value,
            "level": slot.alert.level.word,
            "duration_s": round(t_s - slot.raised_s, 3),
        },
    )
