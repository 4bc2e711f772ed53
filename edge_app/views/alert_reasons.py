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
_FURTHER_SIGNS = {
    "head_drops": "head drops",
    "blink_head": "the course of the last blinks",
    "time_of_day": "the time of day",
    "time_driven": "the time driven",
}
_NAPS = {"microsleep": "a microsleep", "repeated_microsleeps": "microsleeps", "sleep": "sleep"}


def explain(event: Event, evidence: AlertEvidence) -> Why | None:
    """None for an event that only ends or acknowledges another."""
    account = _ACCOUNTS.get(event.type)
    return account(event, evidence) if account else None


def _microsleep(event: Event, evidence: AlertEvidence) -> Why:
    lids, own_deep_from = evidence.driver_state.lids, evidence.latest("own_deep_from", event.t_s)
    closed_s, deep_s = _number(event, "closed_s"), evidence.latest("deep_s", event.t_s)
    kind, limit_s = "deep, steady and sure closure", lids.microsleep_s
    if deep_s >= lids.drifting_microsleep_s - _TOLERANCE_S:
        kind, limit_s = "deep closure", lids.drifting_microsleep_s
    if evidence.mouth_is_wide(event.t_s):
        kind = "deep closure with the mouth wide open"
        limit_s = max(lids.yawning_microsleep_s, lids.drifting_microsleep_s)
    closed, limit = legend.length_and_limit(closed_s, limit_s)
    deep, deep_label = "", ""
    if closed_s - deep_s > _TOLD_APART_S:
        deep_for, _ = legend.length_and_limit(deep_s, limit_s)
        deep = f", the last {deep_for} of it as deep as this driver's eyes go"
        deep_label = f", deep {deep_for}"
    own = Limit(own_deep_from, f"deep for this driver: {own_deep_from:.2f}")
    return _closed_eyes(
        event,
        evidence,
        f"closed {closed}{deep_label}, limit {limit}",
        f"The eyes were closed for {closed}{deep}; a {kind} is a microsleep from {limit} on.",
        also=[] if math.isnan(own_deep_from) else [own],
    )


def _sleep(event: Event, evidence: AlertEvidence) -> Why:
    closed, limit = legend.length_and_limit(
        _number(event, "closed_s"), evidence.driver_state.lids.sleep_s
    )
    return _closed_eyes(
        event,
        evidence,
        f"closed {closed}, limit {limit}",
        f"The eyes were closed for {closed}; any closure is sleep from {limit} on.",
    )


def _unresponsive(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.alerts.closed_eyes
    alarms = evidence.earlier(event, math.inf, EventType.SLEEP)
    if event.values.get("reason") == "no_return" and alarms:
        alarm_s = alarms[-1].t_s
        since, limit = legend.length_and_limit(
            event.t_s - alarm_s, settings.unresponsive_after_alarm_s
        )
        return _closed_eyes(
            event,
            evidence,
            f"no return for {since}, limit {limit}",
            f"No open eyes were seen for {since} after the alarm at {legend.clock(alarm_s)}; from {limit} on the "
            "driver counts as unresponsive.",
            since_s=alarm_s,
            marks=(Mark(alarm_s, "alarm"),),
        )
    closed, limit = legend.length_and_limit(_number(event, "closed_s"), settings.unresponsive_s)
    return _closed_eyes(
        event,
        evidence,
        f"closed {closed}, limit {limit}",
        f"The eyes were closed for {closed}; from {limit} on the driver counts as unresponsive.",
    )


def _glance(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.alerts.distraction
    off_road_s = _number(event, "off_road_s")
    limit_s = _number(event, "limit_s", settings.glance_fast_s)
    off_road, limit = legend.length_and_limit(off_road_s, limit_s)
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
            f" of the {legend.length(since_s)} since it began (what is not seen counts only while the head is turned "
            f"out of sight; in reverse or below {settings.hold_below_kmh:g} km/h nothing counts)"
        )
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    reason = str(event.values.get("reason"))
    looked = (
        why_panels.cast_down(window, evidence.latest_known("cast_down_from", event.t_s))
        if reason in _OF_LIDS
        else why_panels.head(window, evidence.driver_state.glance, reason)
    )
    return _why(
        event,
        window,
        (looked, why_panels.glance_length(window, limit_s)),
        f"off the road {off_road}, limit {limit}",
        f"{_LOOKED.get(reason, 'The driver looked off the road')} for {off_road}{uncounted}; the limit {at_speed} is "
        f"{limit}.",
    )


def _share(event: Event, evidence: AlertEvidence) -> Why:
    limit_s = evidence.alerts.distraction.share_s
    window_s = _number(event, "window_s", evidence.driver_state.glance.window_s)
    off_road, limit = legend.length_and_limit(_number(event, "off_road_s"), limit_s)
    window = Window(evidence.timeline, event, before_s=window_s)
    summed = evidence.off_road_sum(event.t_s - window_s, window.end_s, window_s)
    glances = tuple(
        Stretch(glance.start_s, min(glance.end_s, event.t_s))
        for glance in summed.glances
        if glance.start_s < event.t_s
    )
    panels = [
        why_panels.glance_sum(window, summed.points, window_s, limit_s),
        why_panels.head(window, evidence.driver_state.glance),
    ]
    if OffRoad.LIDS_CAST_DOWN.value in window.part.words("off_road_why"):
        cast_down_from = evidence.latest_known("cast_down_from", event.t_s)
        panels.append(why_panels.cast_down(window, cast_down_from))
    many = "one glance" if len(glances) == 1 else f"{len(glances)} glances"
    return _why(
        event,
        window,
        tuple(panels),
        f"off the road {off_road} within {window_s:g} s, limit {limit}",
        f"In {many} the driver looked off the road for {off_road} of the last {window_s:g} s; the limit is {limit}.",
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
                f"blinks of {legend.length(mean_s)} on average (alert up to {signs.blink_alert_s:g} s)"
            )
            panels.append(why_panels.blink_length(window, signs))
        elif reason == "slow_own_blinks":
            mean_s = evidence.latest("blink_mean_duration_s", event.t_s)
            told.append(f"blinks of {legend.length(mean_s)} on average, long for this driver")
            panels.append(why_panels.blink_length(window, signs))
        elif reason in _FURTHER_SIGNS:
            told.append(_FURTHER_SIGNS[reason])
        elif reason == "yawns":
            count = evidence.latest("yawn_count_10_min", event.t_s)
            told.append(
                f"{count:.0f} yawn{'s' if count != 1 else ''} within {yawn_window_s / 60:g} min"
            )
            marked += evidence.earlier(event, signs.window_s, EventType.YAWN)
    level = _number(event, "drowsiness_level")
    limit = settings.warning_level if event.level is Level.WARNING else settings.advice_level
    word = event.level.word if event.level else "advice"
    return _why(
        event,
        window,
        tuple(panels),
        f"level {level:.1f}, {word} from {limit:g}",
        f"The drowsiness level reached {level:.1f}; {word} is given from {limit:g} on; behind it: "
        f"{', '.join(told) or 'no single sign'}.",
        counted=(),
        # A microsleep that went on to be sleep is marked once.
        marks=tuple(
            Mark(onset_s, word)
            for onset_s, word in {seen.onset_s: seen.type.value for seen in marked}.items()
        ),
    )


def _impairment(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.alerts.impairment
    before_s = evidence.driver_state.impairment.min_observed_s
    window = Window(evidence.timeline, event, before_s=before_s)
    reasons = [legend.plain(word) for word in str(event.values.get("reasons") or "").split(",")]
    suspicion = _number(event, "suspicion_percent")
    least = 100 * settings.min_suspicion
    return _why(
        event,
        window,
        (why_panels.impairment(window, settings),),
        f"suspicion {suspicion:.0f}%, advice from {least:g}%",
        f"Impairment was suspected: {suspicion:.0f}%, and {least:g}% or more for {settings.persists_s:g} s; behind it: "
        f"{', '.join(word for word in reasons if word) or 'no single cue'}. It is no measurement of alcohol.",
    )


def _degraded(event: Event, evidence: AlertEvidence) -> Why:
    settings, lids = evidence.alerts.degraded, evidence.driver_state.lids
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    reason = str(event.values.get("reason"))
    if reason == Unavailable.MOUTH_OCCLUDED.value:
        return _mouth_hidden(event, evidence, window)
    blind_s, since_s = _number(event, "unavailable_s"), event.t_s - event.onset_s
    panels = [why_panels.eyes_seen(window)]
    limit_s, then, rule = settings.told_after_s, "the driver is told after", ""
    if "closed_before_s" in event.values:
        limit_s = settings.lost_eyes_told_after_s
        before = legend.length(_number(event, "closed_before_s"))
        then = f"they had last been seen closed, for {before}, which is warned about after"
        panels = [why_panels.closure(window, lids)]
    elif "lids_low_s" in event.values:
        limit_s = settings.lost_eyes_told_after_s
        low = legend.length(_number(event, "lids_low_s"))
        then = f"for {low} their outline was low, which is warned about after"
        low_below = evidence.low_outline_below(event.t_s)
        panels.append(why_panels.lid_outline(window, lids, low_below))
    elif reason == Unavailable.CAMERA_FAULT.value:
        limit_s = settings.camera_told_after_s
    elif reason == Unavailable.LOW_FRAME_RATE.value:
        panels.append(why_panels.frame_rate(window, settings))
    not_seen, limit = legend.length_and_limit(blind_s, limit_s)
    if since_s - blind_s > _TOLD_APART_S:
        not_seen += f" of {legend.length(since_s)}"
        rule = f" if at least {100 * settings.min_blind_share:g}% of them are lost"
    return _why(
        event,
        window,
        tuple(panels),
        f"not seen {not_seen}, limit {limit}",
        f"The eyes could not be judged for {not_seen} ({_lost_to(event, window, reason)}); {then} {limit}"
        f"{rule if event.level is Level.NOTICE else ''}.",
    )


def _mouth_hidden(event: Event, evidence: AlertEvidence, window: Window) -> Why:
    hidden_s = _number(event, "unavailable_s")
    hidden, limit = legend.length_and_limit(hidden_s, evidence.alerts.degraded.told_after_s)
    return _why(
        event,
        window,
        (why_panels.mouth(window, evidence.driver_state.yawn),),
        f"hidden {hidden}, limit {limit}",
        f"The mouth was hidden for {hidden} longer than it was seen; the driver is told after {limit}. "
        "Yawns are not seen meanwhile.",
    )


def _lost_to(event: Event, window: Window, reason: str) -> str:
    """The reasons why the eyes could not be judged, with their lengths where there are several."""
    lost = window.missing("closure", event.onset_s, event.t_s)
    if len(lost) < 2 or reason == Unavailable.LOW_FRAME_RATE.value:
        return legend.plain(reason)
    return ", ".join(
        f"{legend.plain(word)} {legend.length(length_s)}" for word, length_s in lost.items()
    )


def _yawn(event: Event, evidence: AlertEvidence) -> Why:
    settings = evidence.driver_state.yawn
    end_s = _number(event, "end_s") if "end_s" in event.values else event.t_s
    window = Window(evidence.timeline, event, before_s=_BEFORE_S)
    wide = evidence.wide_mouth(event.onset_s, end_s)
    wide_s = sum(stretch.duration_s for stretch in wide.stretches)
    wide_for, least = legend.length_and_limit(wide_s, settings.min_wide_s)
    return _why(
        event,
        window,
        (why_panels.mouth(window, settings),),
        f"wide {wide_for}, needed {least}",
        f"The mouth was open for {legend.length(end_s - event.onset_s)} and wide for {wide_for} of it; a yawn is wide "
        f"for at least {least}.",
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


def _number(event: Event, key: str, otherwise: float = math.nan) -> float:
    value = event.values.get(key)
    return float(value) if isinstance(value, (int, float)) else otherwise


_ACCOUNTS = {
    EventType.MICROSLEEP: _microsleep,
    EventType.SLEEP: _sleep,
    EventType.UNRESPONSIVE: _unresponsive,
    EventType.OFF_ROAD_GLANCE: _glance,
    EventType.OFF_ROAD_SHARE: _share,
    EventType.DROWSINESS: _drowsiness,
    EventType.IMPAIRMENT: _impairment,
    EventType.DEGRADED: _degraded,
    EventType.YAWN: _yawn,
}
