"""Lids that are low because the driver laughs: cheeks push them up to where a glance down would have them.

Nothing in the picture tells the two apart, so lids that are low in a laugh count as a glance once they have been so for
longer than a short laugh.
"""

from __future__ import annotations

from edge_app.driver_state.condition_timer import ConditionTimer
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal

_STILL_LAUGHS_S = 0.5  # a laugh's smile flickers


class LaughingLids:
    """Whether low lids may still be those of a laugh."""

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.glance
        self._laughed_s: float | None = None
        self._timer = ConditionTimer(
            flicker_s=settings.glance.return_s,
            max_gap_s=settings.max_gap_s,
            forget_s=settings.forget_s,
        )

    def step(self, t_s: float, low: bool | None, smile: Signal) -> bool:
        """low: whether the lids are cast down; None where they cannot be seen."""
        if smile.value is not None and smile.value >= self._settings.laughs_from:
            self._laughed_s = t_s
        laughs = self._laughed_s is not None and t_s - self._laughed_s <= _STILL_LAUGHS_S
        held = self._timer.step(t_s, low and laughs if low is not None else None)
        return laughs and (held is None or not held.reaches(self._settings.laugh_s))
