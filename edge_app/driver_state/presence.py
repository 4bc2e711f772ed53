"""Whether the driver can be seen: how long the face, and how long the eyes, have been missing, and why."""

from __future__ import annotations

from edge_app.driver_state.signals import Signal, Signals
from edge_app.driver_state.state import Presence


class PresenceEstimator:
    """Counts the time since the face, and since any eye, could last be judged. Here a gap does count."""

    def __init__(self) -> None:
        self._face_seen_s: float | None = None
        self._eyes_seen_s: float | None = None

    def step(self, signals: Signals, closure: Signal, lids_low_s: float) -> Presence:
        t_s = signals.t_s
        if signals.face_present or self._face_seen_s is None:
            self._face_seen_s = t_s
        if closure.value is not None or self._eyes_seen_s is None:
            self._eyes_seen_s = t_s
        return Presence(
            face_present=signals.face_present,
            absent_s=t_s - self._face_seen_s,
            eyes_unavailable_s=t_s - self._eyes_seen_s,
            lids_low_s=lids_low_s,
            reason=signals.no_face_reason or closure.unavailable,
        )
