"""A KSS-like level from the signs that were seen, with its probability, its confidence and its reasons."""

from __future__ import annotations

from edge_app.driver_state.drowsiness_evidence import DrowsinessSigns, RecentEvidence
from edge_app.driver_state.drowsiness_fusion import Evidence, fuse, level_of, probability_of
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import Drowsiness

_ENOUGH_BLINKS = 10  # for the mean duration to be known within a tenth or so
_SURE_BY_SLEEP = 0.8
_UNKNOWN_DRIVER = (
    0.8  # of the confidence that the same evidence has of a driver whose own eyes are known
)
_HEAD, _MOUTH, _DRIVE = 0.6, 0.2, 0.2  # of what can be seen without eyes
_S_PER_MIN = 60.0


class DrowsinessEstimator:
    """Adds up what each sign is worth (`drowsiness_fusion`). Modelled on the Karolinska scale; no KSS rating.

    The sum rises at once and falls slowly. A microsleep or sleep of the last minutes sets a floor under it. Where eyes
    cannot be seen, head, mouth and drive carry it, with less confidence.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.drowsiness
        self._recent = RecentEvidence(settings)
        self._summed: float | None = None
        self._summed_s = 0.0
        self._reasons: tuple[str, ...] = ()  # of the sum when it last rose

    def step(self, t_s: float, signs: DrowsinessSigns) -> Drowsiness:
        settings = self._settings
        evidence = self._recent.step(t_s, signs)
        fused = fuse(evidence, settings)
        by_eyes = (
            evidence.perclos is not None and self._recent.eyes_seen_s >= settings.min_observed_s
        )
        by_head = self._recent.head_seen_s >= settings.min_observed_s
        if not by_eyes and not by_head and fused.floor_reason is None:
            unavailable = signs.closure.unavailable or Unavailable.NOT_CALIBRATED
            return Drowsiness(None, 0.0, (), unavailable)
        summed, reasons = self._fallen(t_s, fused.summed, fused.reasons)
        if fused.floor_reason is not None:
            reasons = (fused.floor_reason, *reasons)
            by_eyes = True
        return Drowsiness(
            level=level_of(summed, fused.floor),
            confidence=self._confidence(signs, evidence, by_eyes, fused.floor_reason is not None),
            reasons=reasons,
            unavailable=None,
            probability=probability_of(summed, fused.floor),
            by_eyes=by_eyes,
        )

    def _fallen(
        self, t_s: float, summed: float, reasons: tuple[str, ...]
    ) -> tuple[float, tuple[str, ...]]:
        """The sum, or what is left of a higher one, with its reasons."""
        if self._summed is not None:
            fallen = self._settings.falls_per_min * (t_s - self._summed_s) / _S_PER_MIN
            held = self._summed - fallen
        if self._summed is None or summed >= held:
            self._summed, self._reasons = summed, reasons
        else:
            self._summed = held
        self._summed_s = t_s
        return self._summed, self._reasons

    def _confidence(
        self, signs: DrowsinessSigns, evidence: Evidence, by_eyes: bool, slept: bool
    ) -> float:
        if not by_eyes:
            driving = signs.driving
            known = (driving.driven_s is not None) + (driving.time_of_day_h is not None)
            seen = _HEAD * self._recent.head_share + _MOUTH * self._recent.mouth_share
            return self._settings.most_confidence_without_eyes * (seen + _DRIVE * known / 2)
        timed = min(1.0, evidence.blinks / _ENOUGH_BLINKS)
        calibration = signs.calibration
        own = calibration.progress * calibration.confidence
        if evidence.own_blink_deviations is not None:
            own = 1.0
        driver = _UNKNOWN_DRIVER + (1.0 - _UNKNOWN_DRIVER) * own
        return max(driver * (signs.perclos.coverage + timed) / 2, _SURE_BY_SLEEP if slept else 0.0)
