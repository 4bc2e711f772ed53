"""The live state message, composed from what the loop saw last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.alerts.event import ActiveAlert
from edge_app.driver_state.signals import Signal, TemporalHead, Unavailable
from edge_app.driver_state.state import Calibration, DriverState
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.kept_in_vehicle import alerts_that_leave
from edge_app.telemetry.messages import (
    AlertMessage,
    CalibrationMessage,
    DrowsinessMessage,
    ExperimentalMessage,
    ExpressionMessage,
    GlanceMessage,
    HeadDropsMessage,
    ImpairmentMessage,
    LidsMessage,
    PerclosMessage,
    PresenceMessage,
    Reading,
    StateMessage,
    YawnMessage,
)
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.vehicle.state import VehicleState


@dataclass(frozen=True, slots=True)
class Seen:
    """What the loop saw last."""

    state: DriverState
    alerts: tuple[ActiveAlert, ...]
    vehicle: VehicleState
    camera: str


def compose_state(
    seen: Seen,
    now: Instant,
    boot_id: str,
    settings: TelemetrySettings,
    heads: Sequence[TemporalHead] = (),
) -> StateMessage:
    """`heads`: those over time that perception offers; of them as much is told as `settings` allow."""
    state = seen.state
    return StateMessage(
        time=now.wall,
        clock_synchronised=now.synchronised,
        boot_id=boot_id,
        t_s=round(state.t_s, 4),
        drowsiness=DrowsinessMessage(
            level=_finite(state.drowsiness.level),
            confidence=round(state.drowsiness.confidence, 4),
            reasons=state.drowsiness.reasons,
            unavailable=_word(state.drowsiness.unavailable),
            probability=_finite(state.drowsiness.probability),
            by_eyes=state.drowsiness.by_eyes,
        ),
        perclos=PerclosMessage(
            share=_finite(state.perclos.share),
            share_without_blinks=_finite(state.perclos.share_without_blinks),
            coverage=round(state.perclos.coverage, 4),
        ),
        eyelids=LidsMessage(
            lids=state.lid_episode.lids.value,
            closure_kind=state.lid_episode.kind.value,
            closed_s=round(state.lid_episode.closed_s, 4),
            closure=_reading(state.closure.both),
        ),
        glance=GlanceMessage(
            off_road=state.glance.off_road,
            why=None if state.glance.why is None else state.glance.why.value,
            unavailable=_word(state.glance.unavailable),
            off_road_s=round(state.glance.off_road_s, 4),
            off_road_s_in_window=round(state.glance.off_road_s_in_window, 4),
        ),
        presence=PresenceMessage(
            face_present=state.presence.face_present,
            absent_s=round(state.presence.absent_s, 4),
            eyes_unavailable_s=round(state.presence.eyes_unavailable_s, 4),
            unavailable=_word(state.presence.reason),
        ),
        yawns=YawnMessage(in_progress=state.yawn.in_progress, count_10_min=state.yawn.count_10_min),
        head_drops=HeadDropsMessage(
            in_progress=state.head_drops.in_progress, count_10_min=state.head_drops.count_10_min
        ),
        calibration=_calibration(state.calibration),
        mouth_openness=_reading(state.mouth_openness),
        head_yaw_rad=_reading(state.head_yaw_rad),
        head_pitch_rad=_reading(state.head_pitch_rad),
        head_roll_rad=_reading(state.head_roll_rad),
        blink_rate_per_min=_reading(state.blinks.rate_per_min),
        blink_mean_duration_s=_reading(state.blinks.mean_duration_s),
        valid_frame_rate_hz=round(state.valid_frame_rate_hz, 2),
        alerts=_alerts(alerts_that_leave(seen.alerts, settings)),
        speed_kmh=_finite(seen.vehicle.speed_kmh),
        ignition_on=seen.vehicle.ignition_on,
        camera=seen.camera,
        expression=_expression(state) if settings.publish_expression else None,
        impairment=_impairment(state) if settings.publish_impairment else None,
        experimental=_experimental(state, settings, heads),
    )


def _calibration(calibration: Calibration) -> CalibrationMessage:
    reason = calibration.not_learning
    return CalibrationMessage(
        progress=round(calibration.progress, 3),
        confidence=round(calibration.confidence, 3),
        not_learning=None if reason is None else reason.value,
        glasses=calibration.glasses,
        driver_number=calibration.driver_number,
    )


def _alerts(alerts: Sequence[ActiveAlert]) -> tuple[AlertMessage, ...]:
    return tuple(
        AlertMessage(
            type=alert.type.value,
            level=alert.level.word,
            since_s=round(alert.since_s, 4),
            reason=alert.reason,
            acknowledged=alert.acknowledged,
        )
        for alert in alerts
    )


def _expression(state: DriverState) -> ExpressionMessage | None:
    if state.expression is None:
        return None
    return ExpressionMessage(
        label_index=state.expression.label_index,
        probabilities=tuple(round(share, 4) for share in state.expression.probabilities),
    )


def _impairment(state: DriverState) -> ImpairmentMessage:
    impairment = state.impairment
    suspicion = impairment.suspicion
    return ImpairmentMessage(
        suspicion_percent=None if suspicion is None else _finite(100 * suspicion),
        confidence=round(impairment.confidence, 4),
        reasons=impairment.reasons,
        unavailable=_word(impairment.unavailable),
        like_drowsiness=impairment.like_drowsiness,
    )


def _experimental(
    state: DriverState, settings: TelemetrySettings, heads: Sequence[TemporalHead]
) -> dict[str, ExperimentalMessage] | None:
    if not settings.publish_experimental:
        return None
    return {
        head.name: _over_time(state, head)
        for head in heads
        if settings.publish_expression or not head.of_emotion
    }


def _over_time(state: DriverState, head: TemporalHead) -> ExperimentalMessage:
    for told in state.temporal:
        shares = told.voted.probabilities
        if told.head == head.name and len(shares) == len(head.classes):
            return ExperimentalMessage(
                label=head.classes[told.voted.label_index],
                probabilities={
                    name: round(share, 4) for name, share in zip(head.classes, shares, strict=True)
                },
                unavailable=None,
                validated=head.validated,
            )
    reason = state.presence.reason or Unavailable.UNCERTAIN
    return ExperimentalMessage(
        label=None, probabilities=None, unavailable=reason.value, validated=head.validated
    )


def _reading(signal: Signal) -> Reading:
    return Reading(value=_finite(signal.value), unavailable=_word(signal.unavailable))


def _word(reason: Unavailable | None) -> str | None:
    return None if reason is None else reason.value


def _finite(value: float | None) -> float | None:
    """JSON knows neither infinity nor not-a-number."""
    return round(float(value), 4) if value is not None and math.isfinite(value) else None
