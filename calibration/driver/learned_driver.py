"""What has been learned of one driver, with glasses or without, and how far it may be used already.

In: moments of attentive driving, which the caller chooses. Out: references between those of a typical driver and this
driver's own, by how well the latter are known.
"""

from __future__ import annotations

from calibration.driver.alert_blinks import AlertBlinks
from calibration.driver.attentive_moment import AttentiveMoment
from calibration.driver.open_eye import OpenEye
from calibration.driver.reference_bounds import bounded_eye
from calibration.driver.references import DriverReferences, EyeReference
from calibration.driver.shut_eye import ShutEye
from calibration.driver.steady_level import SteadyLevel

EYES_S = 40.0
"""So long an eye must have been seen open, steady, with head and gaze level, to be known: some 80 s of driving."""

ENOUGH_BLINKS = 8
_FIRST_S = 10.0  # before, the typical driver's references are used alone
_ANGLES_S = 10.0
_ANGLE_SPREAD_RAD, _MOUTH_SPREAD = 0.03, 0.02
# An open eye whose level spreads by less is known, by more than the second one is not.
_STEADY_SPREAD, _WILD_SPREAD = 0.08, 0.16


class LearnedDriver:
    """`memory_s`: of what is older, ever less is left. `closed_from`: closure from which lids count as closed."""

    def __init__(self, memory_s: float, closed_from: float, max_droop: float) -> None:
        self._closed_from = closed_from
        self._eyes = _LearnedEye(memory_s, max_droop), _LearnedEye(memory_s, max_droop)
        self._mouth = SteadyLevel(memory_s, _MOUTH_SPREAD)
        self._angles = [SteadyLevel(memory_s, _ANGLE_SPREAD_RAD) for _ in range(4)]
        self._blinks = AlertBlinks()
        self._blinks_can_be_timed = True
        self.young = True  # not from a profile
        self.known_since_s: float | None = None

    @property
    def progress(self) -> float:
        """Of eyes and blinks, 0..1. Where the camera is too slow for blinks, of open eyes alone."""
        seen = [min(1.0, eye.open.learned_s / EYES_S) for eye in self._eyes]
        opened = max(seen)  # one eye may be hidden all the time
        if not self._blinks_can_be_timed:
            return opened
        shut = max(min(1.0, eye.shut.blinks / ENOUGH_BLINKS) for eye in self._eyes)
        return 0.75 * opened + 0.25 * shut

    @property
    def confidence(self) -> float:
        return max(eye.weight for eye in self._eyes) if self._seen_to_be_alert else 0.0

    @property
    def _seen_to_be_alert(self) -> bool:
        """A few blinks tell the caller whether this is a drowsy driver; nothing is used before."""
        enough = any(eye.shut.blinks >= ENOUGH_BLINKS for eye in self._eyes)
        return enough or not self._blinks_can_be_timed

    @property
    def complete(self) -> bool:
        """Nothing new is expected."""
        blinks_known = self._blinks.complete or not self._blinks_can_be_timed
        return self.progress >= 1.0 and blinks_known

    @property
    def gaze_level_rad(self) -> float | None:
        return self._angle(3)

    @property
    def mouth_resting(self) -> float | None:
        return self._mouth.level if self._mouth.learned_s >= _ANGLES_S else None

    def references(self) -> DriverReferences:
        left, right = (
            eye.reference(self._closed_from, eye.weight if self._seen_to_be_alert else 0.0)
            for eye in self._eyes
        )
        return DriverReferences(
            left=left,
            right=right,
            mouth_resting=self.mouth_resting,
            forward_yaw_rad=self._angle(0),
            forward_pitch_rad=self._angle(1),
            forward_gaze_yaw_rad=self._angle(2),
            forward_gaze_pitch_rad=self._angle(3),
            blinks=self._blinks.reference,
        )

    def start_from(self, references: DriverReferences, confidence: float = 1.0) -> None:
        """As if they had been learned, and as far as `confidence` says; what is None is learned anew."""
        for eye, reference in zip(self._eyes, (references.left, references.right), strict=True):
            eye.start_from(bounded_eye(reference, self._closed_from), confidence)
        if references.mouth_resting is not None:
            self._mouth.start_from(references.mouth_resting, _ANGLES_S)
        angles = (
            references.forward_yaw_rad,
            references.forward_pitch_rad,
            references.forward_gaze_yaw_rad,
            references.forward_gaze_pitch_rad,
        )
        for level, angle in zip(self._angles, angles, strict=True):
            if angle is not None:
                level.start_from(angle, _ANGLES_S)
        self._blinks.start_from(references.blinks)
        self.young = False

    def learn(self, moment: AttentiveMoment, seconds: float) -> None:
        angles = (moment.yaw_rad, moment.pitch_rad, moment.gaze_yaw_rad, moment.gaze_pitch_rad)
        for level, angle in zip(self._angles, angles, strict=True):
            if angle is not None:
                level.add(angle, seconds, take_all_below_s=5.0)
        if moment.mouth is not None:
            self._mouth.add(moment.mouth, seconds, take_all_below_s=5.0)
        level_rad = self.gaze_level_rad
        down_rad = None
        if moment.gaze_pitch_rad is not None and level_rad is not None:
            down_rad = level_rad - moment.gaze_pitch_rad
        for eye, openness in zip(self._eyes, (moment.left, moment.right), strict=True):
            if openness is not None:
                eye.open.add(openness, moment.pitch_from_forward_rad, down_rad, seconds)
                eye.settle()
        self._blinks_can_be_timed = moment.blinks_can_be_timed
        if self.progress >= 1.0:
            if self.known_since_s is None:
                self.known_since_s = moment.t_s
            self._blinks.passed(seconds)

    def learn_blink(
        self,
        bottoms: tuple[float | None, float | None],
        amplitude: float,
        duration_s: float,
        reopening_velocity_per_s: float,
    ) -> None:
        """bottoms: least openness of left and right eye in it. The rest is gathered once the eyes are known."""
        for eye, bottom in zip(self._eyes, bottoms, strict=True):
            if bottom is not None:
                eye.shut.add(bottom)
        if self.progress >= 1.0:
            self._blinks.add(amplitude, duration_s, reopening_velocity_per_s)

    def _angle(self, place: int) -> float | None:
        level = self._angles[place]
        return level.level if level.learned_s >= _ANGLES_S else None


class _LearnedEye:
    """Open and shut, and how far they may be used."""

    def __init__(self, memory_s: float, max_droop: float) -> None:
        self._max_droop = max_droop
        self.open = OpenEye(memory_s)
        self.shut = ShutEye()
        self._highest = 0.0  # level of the open eye since it was known

    @property
    def weight(self) -> float:
        seen = (self.open.learned_s - _FIRST_S) / (EYES_S - _FIRST_S)
        steady = (_WILD_SPREAD - self.open.spread) / (_WILD_SPREAD - _STEADY_SPREAD)
        return min(1.0, max(0.0, seen)) * min(1.0, max(0.0, steady))

    def settle(self) -> None:
        """Who becomes drowsy lets the lids droop: what was known as open stays known."""
        if self.open.learned_s >= EYES_S:
            self._highest = max(self._highest, self.open.level)

    def start_from(self, reference: EyeReference, confidence: float) -> None:
        self.open.start_from(
            reference.open,
            _FIRST_S + confidence * (EYES_S - _FIRST_S),
            reference.open_per_head_pitch,
            reference.open_per_gaze_down,
        )
        self.shut.start_from(reference.closed, ENOUGH_BLINKS)
        self.settle()

    def reference(self, closed_from: float, weight: float) -> EyeReference:
        """weight: of what was learned against a typical eye."""
        typical = EyeReference()
        level = max(self.open.level, self._highest - self._max_droop)
        shut_level = self.shut.level
        shut_weight = min(1.0, self.shut.blinks / ENOUGH_BLINKS) if shut_level is not None else 0.0
        opened = typical.open + weight * (level - typical.open)
        # Until blinks have shown how low a shut eye reads, lids count as closed where a typical driver's do, however
        # narrow the eye.
        keeps = _closed_that_keeps_the_threshold(opened, closed_from)
        closed = keeps + weight * shut_weight * ((shut_level or 0.0) - keeps)
        return bounded_eye(
            EyeReference(
                opened,
                closed,
                weight * self.open.per_head_pitch,
                weight * self.open.per_gaze_down,
            ),
            closed_from,
        )


def _closed_that_keeps_the_threshold(opened: float, closed_from: float) -> float:
    typical = EyeReference()
    if opened >= typical.open:
        return typical.closed
    threshold = typical.open - closed_from * (typical.open - typical.closed)
    return opened - (opened - threshold) / closed_from
