"""Which signals and which limits lie behind each kind of alert: an event and the evidence in, `Why` out.

Limits are those of the settings in use, figures those of the event. What the rows do not hold (speed) is inferred from
the limit that the event names.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_app.alerts.event import Event, EventType, Level
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import OffRoad
from edge_app.views import alert_evidence, legend, why_panels
from edge_app.views.alert_evidence import AlertEvidence
from edge_app.views.why import Limit, Mark, Panel, Stretch, Why
from edge_app.views.why_window import Window

# What the timeline of the evidence must hold.
COLUMNS = (*alert_evidence.COLUMNS, *why_panels.COLUMNS, "yawn_count_10_min")
WORDS = alert_evidence.WORDS

_BEFORE_S = 10.0
_TOLERANCE_S = 1e-3  # the events' three decimals
_TOLD_APART_S = 0.15  # lengths that differ by less are told as one

_LOOKED = {
    OffRoad.HEAD_TURNED.value: "The head was turned off the road",
    OffRoad.HEAD_DOWN.value: "The head was lowered off the road",
    OffRoad.HEAD_UP.value: "The head was raised off the road",
    OffRoad.LIDS_CAST_DOWN.value: "The lids were cast down, off the road,",
    OffRoad.EYES_CLOSED.value: "The eyes were closed",
}
_OF_LIDS = (OffRoad.LIDS_CAST_DOWN.value, OffRoad.EYES_CLOSED.value)
_NAPS = {"microsleep": "a microsleep", "repeated_microsleeps": "microsleeps", "sleep": "sleep"}


def explain(event: Event, evidence: AlertEvidence) -> Why | None:
    """None for an event that only ends or acknowledges another."""
    account = _ACCOUNTS.get(event.type)
    return account(event, evidence) if account else None


def _microsleep(event: Event, evidence: AlertEvidence) -> Why:
    lids, levels = evidence.driver_state.lids, evidence.lid_levels(event.t_s)
    closed_s = _number(event, "closed_s")
    drifted = levels.deep_s >= lids.drifting_microsleep_s - _TOLERANCE_S
    limit_s = lids.drifting_microsleep_s if drifted else lids.microsleep_s
    kind = "deep closure" if drifted else "deep, steady closure"
    deep, deep_label = "", ""
    if closed_s - levels.deep_s > _TOLD_APART_S:
        deep = f", the last {_s(levels.deep_s)} of it as deep as this driver's eyes go"
        deep_label = f", deep {_s(levels.deep_s)}"
    own = Limit(levels.deep_from, f"deep for this driver: {levels.deep_from:.2f}")
    return _closed_eyes(
        event,
        evidence,
        f"closed {_s(closed_s)}{deep_label}, limit {_s(limit_s)}",
        f"The eyes were closed for {_s(closed_s)}{deep}; a {kind} is a microsleep from {_s(limit_s)} on.",
        also=[own] if levels.deep_by_own else [],
    )


def _sleep(event: Event, evidence: AlertEvidence) -> Why:
    closed_s, limit_s = _number(event, "closed_s"), evidence.driver_state.lids.sleep_s
    return _closed_eyes(
        event,
        evidence,
        f"closed {_s(closed_s)}, limit {_s(limit_s)}",
        f"The eyes were closed for {_s(closed_s)}; any closure is sleep from {_s(limit_s)} on.",
    )


def _unresponsive(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.alerts.closed_eyes
    alarms = evidence.earlier(event, math.inf, EventType.SLEEP)
    if event.values.get("reason") == "no_return" and alarms:
        alarm_s, limit_s = alarms[-1].t_s, settings.unresponsive_after_alarm_s
        since_s = event.t_s - alarm_s
        return _closed_eyes(
            event,
            evidence,
            f"no return for {_s(since_s)}, limit {_s(limit_s)}",
            f"No open eyes were seen for {_s(since_s)} after the alarm at {legend.clock(alarm_s)}; from "
            f"{_s(limit_s)} on the driver counts as unresponsive.",
            since_s=alarm_s,
            marks=(Mark(alarm_s, "alarm"),),
        )
    closed_s, limit_s = _number(event, "closed_s"), settings.unresponsive_s
    return _closed_eyes(
        event,
        evidence,
        f"closed {_s(closed_s)}, limit {_s(limit_s)}",
        f"The eyes were closed for {_s(closed_s)}; from {_s(limit_s)} on the driver counts as unresponsive.",
    )


def _glance(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.alerts.distraction
    off_road_s, limit_s = _number(event, "off_road_s"), _number(event, "limit_s")
    fast = abs(limit_s - settings.glance_fast_s) < _TOLERANCE_S
    at_speed = (
        f"at {settings.fast_kmh:g} km/h and above or unknown speed"
        if fast
        else f"from {settings.slow_kmh:g} to {settings.fast_kmh:g} km/h"
    )
    since_s = event.t_s - event.onset_s
    uncounted = ""
    if since_s - off_road_s > _TOLD_APART_S:
        uncounted = (
            f" of the {_s(since_s)} since it began (what is not seen, or below "
            f"{settings.hold_below_kmh:g} km/h, does not count)"
        )
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    reason = str(event.values.get("reason"))
    looked = (
        why_panels.cast_down(window, evidence.lid_levels(event.t_s))
        if reason in _OF_LIDS
        else why_panels.head(window, evidence.driver_state.glance, reason)
    )
    return _why(
        event,
        window,
        (looked, why_panels.glance_length(window, limit_s)),
        f"off the road {_s(off_road_s)}, limit {_s(limit_s)}",
        f"{_LOOKED.get(reason, 'The driver looked off the road')} for {_s(off_road_s)}{uncounted}; "
        f"the limit {at_speed} is {_s(limit_s)}.",
    )


def _share(event: Event, evidence: AlertEvidence) -> Why:
    limit_s = evidence.alerts.distraction.share_s
    window_s, sum_s = _number(event, "window_s"), _number(event, "off_road_s")
    window = Window(evidence.timeline, event, before_s=window_s)
    summed = evidence.off_road_sum(event.t_s - window_s, window.end_s, window_s)
    glances = tuple(
        Stretch(glance.start_s, min(glance.end_s, event.t_s))
        for glance in summed.glances
        if glance.start_s < event.t_s
    )
    many = "one glance" if len(glances) == 1 else f"{len(glances)} glances"
    return _why(
        event,
        window,
        (
            why_panels.glance_sum(window, summed.points, window_s, limit_s),
            why_panels.head(window, evidence.driver_state.glance),
        ),
        f"{_s(sum_s)} off the road, limit {_s(limit_s)}",
        f"In {many} the driver looked off the road for {_s(sum_s)} of the last {window_s:g} s; the limit is "
        f"{_s(limit_s)}.",
        counted=glances,
    )


def _drowsiness(event: Event, evidence: AlertEvidence) -> Why:
    settings, signs = evidence.alerts.drowsiness, evidence.driver_state.drowsiness
    yawn_window_s = evidence.driver_state.yawn.window_s
    window = Window(evidence.timeline, event, before_s=signs.window_s)
    reasons = str(event.values.get("reasons") or "").split(",")
    told: list[str] = []
    marked: list[Event] = []
    panels = [why_panels.drowsiness_level(window, settings)]
    for reason in reasons:
        if reason in _NAPS:
            told.append(f"{_NAPS[reason]} within {signs.window_s / 60:g} min")
            marked += evidence.earlier(event, signs.window_s, EventType.MICROSLEEP, EventType.SLEEP)
        elif reason == "perclos":
            share = 100 * evidence.latest("perclos_without_blinks", event.t_s)
            moderate, severe = 100 * signs.perclos_moderate, 100 * signs.perclos_severe
            told.append(f"PERCLOS {share:.0f}% (moderate {moderate:g}%, severe {severe:g}%)")
            panels.append(why_panels.perclos(window, signs))
        elif reason == "slow_blinks":
            mean_s = evidence.latest("blink_mean_duration_s", event.t_s)
            told.append(
                f"blinks of {_s(mean_s)} on average (alert up to {_s(signs.blink_alert_s)})"
            )
            panels.append(why_panels.blink_length(window, signs))
        elif reason == "yawns":
            count = evidence.latest("yawn_count_10_min", event.t_s)
            told.append(f"{count:.0f} yawns within {yawn_window_s / 60:g} min")
            marked += evidence.earlier(event, signs.window_s, EventType.YAWN)
    level = _number(event, "drowsiness_level")
    limit = settings.warning_level if event.level is Level.WARNING else settings.advice_level
    word = event.level.word if event.level else "advice"
    return _why(
        event,
        window,
        tuple(panels),
        f"level {level:.1f}, {word} from {limit:g}",
        f"The drowsiness level reached {level:.1f}; {word} is given from {limit:g} on. Behind it: "
        f"{', '.join(told) or 'no single sign'}.",
        counted=(),
        marks=tuple(Mark(seen.onset_s, legend.plain(seen.type.value)) for seen in marked),
    )


def _degraded(event: Event, evidence: AlertEvidence) -> Why:
    settings, reason = evidence.alerts.degraded, str(event.values.get("reason"))
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    blind_s, since_s = _number(event, "unavailable_s"), event.t_s - event.onset_s
    lids = evidence.driver_state.lids
    panels = [why_panels.closure(window, lids)]
    limit_s, counted_s, then = settings.told_after_s, since_s, "the driver is told after"
    if "closed_before_s" in event.values:
        limit_s, counted_s = settings.lost_eyes_told_after_s, blind_s
        before_s = _number(event, "closed_before_s")
        then = f"they had last been seen closed, for {_s(before_s)}, which is warned about after"
    elif "lids_low_s" in event.values:
        limit_s = settings.lost_eyes_told_after_s
        counted_s = min(_number(event, "lids_low_s"), blind_s)
        then = f"for {_s(counted_s)} their outline was low, which is warned about after"
        low_below = evidence.lid_levels(event.t_s).low_below
        panels.append(why_panels.lid_outline(window, lids, low_below))
    elif reason == Unavailable.CAMERA_FAULT.value:
        limit_s = settings.camera_told_after_s
    elif reason == Unavailable.LOW_FRAME_RATE.value:
        panels.append(why_panels.frame_rate(window, settings))
    of_all = f" of {_s(since_s)}" if since_s - blind_s > _TOLD_APART_S else ""
    return _why(
        event,
        window,
        tuple(panels),
        f"not seen {_s(counted_s)}, limit {_s(limit_s)}",
        f"The eyes could not be judged ({legend.plain(reason)}) for {_s(blind_s)}{of_all}; {then} {_s(limit_s)}.",
    )


def _yawn(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.driver_state.yawn
    end_s = _number(event, "end_s") if "end_s" in event.values else event.t_s
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    wide = evidence.wide_mouth(event.onset_s, end_s)
    wide_s = sum(stretch.duration_s for stretch in wide.stretches)
    return _why(
        event,
        window,
        (why_panels.mouth(window, settings),),
        f"wide {_s(wide_s)}, needed {_s(settings.min_wide_s)}",
        f"The mouth was open for {_s(end_s - event.onset_s)} and wide for {_s(wide_s)} of it; a yawn is wide for at "
        f"least {_s(settings.min_wide_s)}.",
        counted=wide.stretches,
    )


def _closed_eyes(
    event: Event,
    evidence: AlertEvidence,
    label: str,
    sentence: str,
    *,
    also: Sequence[Limit] = (),
    since_s: float | None = None,
    marks: tuple[Mark, ...] = (),
) -> Why:
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    counted = (Stretch(event.onset_s if since_s is None else since_s, event.t_s),)
    panels = (why_panels.closure(window, evidence.driver_state.lids, also),)
    return _why(event, window, panels, label, sentence, counted=counted, marks=marks)


def _why(
    event: Event,
    window: Window,
    panels: tuple[Panel, ...],
    label: str,
    sentence: str,
    *,
    counted: tuple[Stretch, ...] | None = None,
    marks: tuple[Mark, ...] = (),
) -> Why:
    return Why(
        event.type,
        event.level,
        event.t_s,
        window.start_s,
        window.end_s,
        (Stretch(event.onset_s, event.t_s),) if counted is None else counted,
        label,
        panels,
        sentence,
        marks,
    )


def _number(event: Event, key: str) -> float:
    value = event.values.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan


def _s(duration_s: float) -> str:
    """1.0 -> `1.0 s`, 0.75 -> `0.75 s`: as exact as the eye can use."""
    if not math.isfinite(duration_s):
        return "an unknown time"
    text = f"{duration_s:.2f}"
    return f"{text.removesuffix('0')} s"


_ACCOUNTS = {
    EventType.MICROSLEEP: _microsleep,
    EventType.SLEEP: _sleep,
    EventType.UNRESPONSIVE: _unresponsive,
    EventType.OFF_ROAD_GLANCE: _glance,
    EventType.OFF_ROAD_SHARE: _share,
    EventType.DROWSINESS: _drowsiness,
    EventType.DEGRADED: _degraded,
    EventType.YAWN: _yawn,
}
