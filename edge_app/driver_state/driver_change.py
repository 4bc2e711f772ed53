"""Whether another driver sits there after an absence, by the proportions of the face. Nobody is recognised by it."""

from __future__ import annotations

from collections import deque
from enum import Enum

from calibration.driver.face_geometry import FaceGeometry
from edge_app.driver_state.personal_settings import PersonalSettings
from edge_app.driver_state.signals import Signals

_LEARN_EVERY_S = 1.0
_COMPARE_S = 3.0  # of a face that is back
_LEAST_SAMPLES = 10
_GIVES_UP_S = 10.0
_UNPARKED = 1.5  # who changes seats while driving is rarer


class Who(Enum):
    SAME = "same"
    BEING_TOLD = "being_told"  # a face is back, or none is there
    ANOTHER = "another"  # told once


class DriverChange:
    """The geometry of the driver so far, and what happens when a face comes back.

    Where geometry cannot tell, a driver who was away while the vehicle was parked is taken for another: to learn anew
    costs two minutes, and to judge somebody by another's eyes costs more.
    """

    def __init__(self, settings: PersonalSettings, max_gap_s: float) -> None:
        self._settings = settings
        self._max_gap_s = max_gap_s
        self.geometry = FaceGeometry()
        self._seen_s: float | None = None  # when a face was last seen
        self._parked_since_seen = False
        self._learned_s: float | None = None
        self._left_while_parked: bool | None = None  # None: nobody has come back
        self._back_s = 0.0  # for how long the face that came back has been seen
        self._samples: deque[tuple[float, ...]] = deque(maxlen=90)

    def step(self, signals: Signals, *, parked: bool) -> Who:
        t_s = signals.t_s
        self._parked_since_seen |= parked
        if not signals.face_present:
            gone = self._seen_s is not None and t_s - self._seen_s >= self._settings.absent_s
            return Who.BEING_TOLD if gone else Who.SAME
        since_s = 0.0 if self._seen_s is None else t_s - self._seen_s
        first = self._seen_s is None
        if not first and since_s >= self._settings.absent_s:
            # Who came back and was gone again has not been told from who was there before parking.
            self._left_while_parked = self._parked_since_seen or self._left_while_parked is True
            self._back_s = 0.0
            self._samples.clear()
        self._seen_s, self._parked_since_seen = t_s, parked
        if self._left_while_parked is None:
            self._learn(t_s, signals)
            return Who.SAME
        self._back_s += min(since_s, self._max_gap_s)
        if signals.face_geometry is not None:
            self._samples.append(signals.face_geometry)
        return self._compare()

    def _learn(self, t_s: float, signals: Signals) -> None:
        due = self._learned_s is None or t_s - self._learned_s >= _LEARN_EVERY_S
        if signals.face_geometry is not None and due:
            self.geometry.learn(signals.face_geometry, _LEARN_EVERY_S)
            self._learned_s = t_s

    def _compare(self) -> Who:
        left_while_parked = self._left_while_parked is True
        if self._back_s >= _COMPARE_S and len(self._samples) >= _LEAST_SAMPLES:
            deviations = self.geometry.deviations(tuple(self._samples))
            another = (
                left_while_parked
                if deviations is None
                else deviations > self._most_deviations(left_while_parked)
            )
        elif self._back_s >= _GIVES_UP_S:
            another = left_while_parked
        else:
            return Who.BEING_TOLD
        self._left_while_parked = None
        if another:
            self.geometry = FaceGeometry()
        return Who.ANOTHER if another else Who.SAME

    def _most_deviations(self, left_while_parked: bool) -> float:
        most = self._settings.max_face_deviations
        return most if left_while_parked else _UNPARKED * most
