"""One minute on request: what a driver shows who looks ahead, blinks, and shuts the eyes for three seconds.

In: signals and states of each frame. Out: references, and on what each rests. Nothing depends on when what was shown,
so a recorded minute of ordinary driving serves as well. How this driver blinks is left to be learned on the road: a
minute shows too few blinks, and who is asked to blink does not blink as usual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.driver.profile import DriverProfile
from calibration.driver.reference_bounds import bounded_eye
from calibration.driver.references import SHUT_EYE, DriverReferences, EyeReference
from calibration.driver.steady_yes import SteadyYes
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals
from edge_app.driver_state.state import DriverState
from edge_app.errors import UserError

Floats = NDArray[np.float64]

LEAST_OPEN_S = 8.0
_FALLS_BY = 0.35  # of an open eye: less is no closure
_HELD_S, _HELD_EDGE_S, _HELD_IN_ALL_S = 0.8, 0.15, 0.8
_BLINK_S, _LEAST_BOTTOMS, _BOTTOM_QUANTILE = 0.5, 3, 0.2
_MAX_GAP_S = 0.25
_SURE_OPEN_S, _STEADY, _WILD = 20.0, 0.08, 0.2


@dataclass(frozen=True, slots=True)
class AskedEye:
    """References of one eye and what they rest on."""

    reference: EyeReference
    open_s: float  # of an open eye while looking ahead
    spread: float  # of the open eye: between the quartiles
    held_s: float  # of a closure that was held
    blinks: int  # whose bottom was seen
    confidence: float  # 0..1

    @property
    def shut_seen(self) -> bool:
        return self.held_s > 0.0 or self.blinks >= _LEAST_BOTTOMS


@dataclass(frozen=True, slots=True)
class AskedCalibration:
    """What the minute has shown."""

    seconds: float
    frames: int
    face_share: float
    left: AskedEye | None  # None where that eye was not seen for long enough
    right: AskedEye | None
    mouth_resting: float | None
    forward_yaw_rad: float
    forward_pitch_rad: float
    forward_spread_rad: float
    blinks: int
    blink_mean_s: float | None
    glasses: float | None  # mean probability
    worn: bool | None  # as it would be told while driving; None where it cannot be
    references: DriverReferences
    geometry: tuple[float, ...] | None
    geometry_spreads: tuple[float, ...] | None

    @property
    def confidence(self) -> float:
        """0..1, of the eye that is known worse among those that were seen."""
        return min(eye.confidence for eye in (self.left, self.right) if eye is not None)

    def profile(self, today: str) -> DriverProfile:
        return DriverProfile(
            created=today,
            last_used=today,
            bare=None if self.worn else self.references,
            with_glasses=self.references if self.worn else None,
            geometry=self.geometry,
            geometry_spreads=self.geometry_spreads,
            confidence=self.confidence,
        )


class AskedMinute:
    """Gathers frames, then concludes."""

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings
        self._rows: list[tuple[float, ...]] = []
        self._faces = 0
        self._geometry: list[tuple[float, ...]] = []
        self._glasses: list[float] = []
        self._worn = SteadyYes(settings.personal.glasses_hold_s, max_gap_s=settings.max_gap_s)
        self._blinks_s: list[float] = []

    def add(self, signals: Signals, state: DriverState) -> None:
        self._faces += signals.face_present
        self._rows.append(
            (
                signals.t_s,
                *map(
                    _number,
                    (
                        signals.eye_openness_left,
                        signals.eye_openness_right,
                        signals.head_yaw_rad,
                        signals.head_pitch_rad,
                        signals.mouth_openness,
                    ),
                ),
            )
        )
        if signals.face_geometry is not None:
            self._geometry.append(signals.face_geometry)
        if signals.glasses.value is not None:
            self._glasses.append(signals.glasses.value)
        self._worn.step(signals.t_s, signals.glasses.value)
        blink = state.blinks.completed
        if blink is not None:
            self._blinks_s.append(blink.duration_s)

    def course(self) -> Floats:
        """(N, 3): time, openness of the left and of the right eye; NaN where that was not known."""
        return self._table()[:, :3]

    def conclude(self) -> AskedCalibration:
        """Raises `UserError` where the eyes were not seen for long enough."""
        rows = self._table()
        frames = len(rows)
        if not self._faces:
            raise UserError(
                "no face was seen; let the camera see the driver from ahead, in good light, and begin again"
            )
        t_s, yaw, pitch, mouth = rows[:, 0], rows[:, 3], rows[:, 4], rows[:, 5]
        if np.isnan(yaw + pitch).all():
            raise UserError(
                "the head's direction could not be told; let the camera see the driver from ahead and begin again"
            )
        forward = float(np.nanmedian(yaw)), float(np.nanmedian(pitch))
        resting = None if np.isnan(mouth).all() else float(np.nanquantile(mouth, 0.25))
        personal = self._settings.personal
        within_rad = math.radians(personal.max_head_deg)
        attentive = (np.abs(yaw - forward[0]) <= within_rad) & (
            np.abs(pitch - forward[1]) <= within_rad
        )
        if resting is not None:
            attentive &= ~(mouth > resting + personal.max_mouth_above_resting)
        left, right = (
            _eye(t_s, np.where(attentive, rows[:, at], np.nan), self._settings.lids.closed_from)
            for at in (1, 2)
        )
        if left is None and right is None:
            raise UserError(
                f"open eyes were not seen for {LEAST_OPEN_S:g} s while looking ahead; take off what covers them, look"
                " ahead for longer, and begin again"
            )
        off = np.hypot(yaw[attentive] - forward[0], pitch[attentive] - forward[1])
        geometry = np.array(self._geometry) if self._geometry else None
        return AskedCalibration(
            seconds=float(t_s[-1] - t_s[0]),
            frames=frames,
            face_share=self._faces / frames,
            left=left,
            right=right,
            mouth_resting=resting,
            forward_yaw_rad=forward[0],
            forward_pitch_rad=forward[1],
            forward_spread_rad=float(np.median(off)),
            blinks=len(self._blinks_s),
            blink_mean_s=float(np.mean(self._blinks_s)) if self._blinks_s else None,
            glasses=float(np.mean(self._glasses)) if self._glasses else None,
            worn=self._worn.told,
            references=DriverReferences(
                left=_known(left, right),
                right=_known(right, left),
                mouth_resting=resting,
                forward_yaw_rad=forward[0],
                forward_pitch_rad=forward[1],
            ),
            geometry=None if geometry is None else _floats(np.median(geometry, axis=0)),
            geometry_spreads=None if geometry is None else _floats(geometry.std(axis=0)),
        )

    def _table(self) -> Floats:
        return np.array(self._rows, dtype=np.float64).reshape(-1, 6)


def _number(signal: Signal) -> float:
    return math.nan if signal.value is None else signal.value


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


def _known(eye: AskedEye | None, other: AskedEye | None) -> EyeReference:
    """Of an eye that was not seen, as the other: one of both was."""
    told = eye or other
    assert told is not None
    return told.reference


def _eye(t_s: Floats, openness: Floats, closed_from: float) -> AskedEye | None:
    """openness: NaN where it does not count."""
    seen = openness[~np.isnan(openness)]
    if not len(seen):
        return None
    falls_to = (1.0 - _FALLS_BY) * float(np.quantile(seen, 0.8))
    lengths_s = np.minimum(np.diff(t_s, append=t_s[-1]), _MAX_GAP_S)
    opened = openness > falls_to
    open_s = float(lengths_s[opened].sum())
    if open_s < LEAST_OPEN_S:
        return None
    low, level, high = np.quantile(openness[opened], (0.25, 0.5, 0.75)).tolist()
    held: list[Floats] = []
    bottoms: list[float] = []
    held_s = 0.0
    for start, end in _runs(openness <= falls_to):
        duration_s = float(lengths_s[start : end - 1].sum())
        if duration_s >= _HELD_S:
            inner = (t_s >= t_s[start] + _HELD_EDGE_S) & (t_s <= t_s[end - 1] - _HELD_EDGE_S)
            held.append(openness[inner])
            held_s += duration_s
        elif duration_s <= _BLINK_S:
            bottoms.append(float(openness[start:end].min()))
    if held_s >= _HELD_IN_ALL_S:
        shut, sure = float(np.median(np.concatenate(held))), 1.0
    elif len(bottoms) >= _LEAST_BOTTOMS:
        shut, sure = float(np.quantile(bottoms, _BOTTOM_QUANTILE)), 0.7
    else:
        shut, sure = SHUT_EYE, 0.4
    steady = float(np.clip((_WILD - (high - low)) / (_WILD - _STEADY), 0.0, 1.0))
    return AskedEye(
        reference=bounded_eye(EyeReference(level, shut), closed_from),
        open_s=open_s,
        spread=high - low,
        held_s=held_s,
        blinks=len(bottoms),
        confidence=sure * steady * min(1.0, open_s / _SURE_OPEN_S),
    )


def _runs(low: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and one past the last frame of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
