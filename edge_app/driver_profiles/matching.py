"""Which of the kept drivers the face that is seen is most like. It finds the likeliest of a few, and recognises nobody.

In: the ratios of the face, moment by moment. Out: a profile, or that none fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from calibration.driver.profile import DriverProfile
from edge_app.driver_state.signals import Signals
from edge_app.face.face_geometry import unlikeness

_EVERY_S = 0.2
_ENOUGH = 50  # looks: ten seconds of a face that can be told
_MOST = 600
_CLEARLY = 0.3  # how much less like the second one must be

Ratios = tuple[float, ...]


class FaceLooks:
    """The ratios of one driver's face since he was noticed."""

    def __init__(self) -> None:
        self._looks: list[Ratios] = []
        self._last_s: float | None = None

    @property
    def enough(self) -> bool:
        return len(self._looks) >= _ENOUGH

    def add(self, signals: Signals) -> None:
        ratios, t_s = signals.face_geometry, signals.t_s
        due = self._last_s is None or not 0.0 <= t_s - self._last_s < _EVERY_S
        if ratios is None or not due or len(self._looks) >= _MOST:
            return
        if self._looks and len(ratios) != len(self._looks[0]):
            self._looks.clear()
        self._looks.append(ratios)
        self._last_s = t_s

    @property
    def median(self) -> Ratios:
        return tuple(map(median, zip(*self._looks, strict=True)))


def likeliest(
    ratios: Ratios, profiles: Mapping[str, DriverProfile], max_unlikeness: float
) -> str | None:
    """The key of the profile that the face is like; None where none is, and where two are about as much."""
    ranked = sorted(
        (unlikeness(ratios, profile.geometry), key)
        for key, profile in profiles.items()
        if profile.geometry is not None
    )
    if not ranked or ranked[0][0] > max_unlikeness:
        return None
    if len(ranked) > 1 and ranked[1][0] - ranked[0][0] < _CLEARLY:
        return None
    return ranked[0][1]
