"""A KSS-like level from physiological signs: PERCLOS, blink duration, microsleeps, yawns; with its reasons."""

from __future__ import annotations

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import (
    BlinkStatistics,
    ClosureKind,
    Drowsiness,
    LidEpisode,
    Perclos,
    YawnState,
)

_HIGHEST_LEVEL = 9.0
_MICROSLEEP_LEVEL = 7.0  # signs of sleepiness, and an effort to stay awake
_REPEATED_MICROSLEEP_LEVEL = 8.0
_SLEEP_LEVEL = 9.0
_YAWN_STEP = 0.5
_MOST_BY_YAWNS = 2.0
_MOST_BY_BLINKS = 2.0
_MODERATE_STEP, _SEVERE_STEP = 3.0, 5.0


class DrowsinessEstimator:
    """Adds up what each sign is worth. The level is modelled on the Karolinska scale; it is not a KSS rating.

    PERCLOS thresholds after Wierwille et al. 1994 (8 % questionable, 15 % drowsy), blink durations after Caffier
    et al. 2003. A microsleep or sleep of the last minutes sets a floor under the sum.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.drowsiness
        self._max_gap_s = settings.max_gap_s
        self._observed_s = 0.0
        self._last_s: float | None = None
        self._microsleeps_s: list[float] = []  # onsets of the last minutes
        self._sleep_s: float | None = None  # when sleep was last seen

    def step(
        self,
        t_s: float,
        closure: Signal,
        lids: LidEpisode,
        perclos: Perclos,
        blinks: BlinkStatistics,
        yawn: YawnState,
    ) -> Drowsiness:
        self._observe(t_s, closure.value is not None)
        self._remember(t_s, lids)
        parts = [
            ("perclos", self._perclos_part(perclos)),
            ("slow_blinks", self._blink_part(blinks)),
            ("yawns", min(_MOST_BY_YAWNS, _YAWN_STEP * yawn.count_10_min)),
        ]
        floor, floor_reason = self._floor()
        summed = self._settings.alert_level + sum(part for _, part in parts)
        reasons = [name for name, part in sorted(parts, key=lambda entry: -entry[1]) if part > 0]
        if floor_reason:
            reasons.insert(0, floor_reason)
        seen_enough = (
            self._observed_s >= self._settings.min_observed_s and perclos.share is not None
        )
        if not seen_enough and not floor_reason:
            return Drowsiness(None, 0.0, (), closure.unavailable or Unavailable.NOT_CALIBRATED)
        seen = (perclos.coverage + float(blinks.mean_duration_s.value is not None)) / 2
        return Drowsiness(
            level=min(_HIGHEST_LEVEL, max(summed, floor)),
            confidence=max(seen, 0.8 if floor_reason else 0.0),
            reasons=tuple(reasons),
            unavailable=None,
        )

    def _observe(self, t_s: float, valid: bool) -> None:
        if valid and self._last_s is not None and t_s - self._last_s <= self._max_gap_s:
            self._observed_s += t_s - self._last_s
        self._last_s = t_s

    def _remember(self, t_s: float, lids: LidEpisode) -> None:
        if lids.kind in (ClosureKind.MICROSLEEP, ClosureKind.SLEEP) and lids.onset_s is not None:
            if not self._microsleeps_s or self._microsleeps_s[-1] != lids.onset_s:
                self._microsleeps_s.append(lids.onset_s)
            if lids.kind is ClosureKind.SLEEP:
                self._sleep_s = t_s
        horizon_s = t_s - self._settings.window_s
        self._microsleeps_s = [onset for onset in self._microsleeps_s if onset >= horizon_s]
        if self._sleep_s is not None and self._sleep_s < horizon_s:
            self._sleep_s = None

    def _floor(self) -> tuple[float, str | None]:
        if self._sleep_s is not None:
            return _SLEEP_LEVEL, "sleep"
        if len(self._microsleeps_s) > 1:
            return _REPEATED_MICROSLEEP_LEVEL, "repeated_microsleeps"
        if self._microsleeps_s:
            return _MICROSLEEP_LEVEL, "microsleep"
        return 0.0, None

    def _perclos_part(self, perclos: Perclos) -> float:
        share = perclos.share_without_blinks
        if share is None:
            return 0.0
        settings = self._settings
        if share <= settings.perclos_moderate:
            return _MODERATE_STEP * share / settings.perclos_moderate
        beyond = (share - settings.perclos_moderate) / (
            settings.perclos_severe - settings.perclos_moderate
        )
        return _MODERATE_STEP + (_SEVERE_STEP - _MODERATE_STEP) * min(1.0, beyond)

    def _blink_part(self, blinks: BlinkStatistics) -> float:
        duration_s = blinks.mean_duration_s.value
        if duration_s is None:
            return 0.0
        settings = self._settings
        share = (duration_s - settings.blink_alert_s) / (
            settings.blink_drowsy_s - settings.blink_alert_s
        )
        return _MOST_BY_BLINKS * min(1.0, max(0.0, share))
