"""How far this driver is known, in a few words."""

from __future__ import annotations

from edge_app.driver_state.state import Calibration, NotLearning
from edge_app.views.legend import plain


def calibrating(calibration: Calibration) -> str | None:
    """`calibrating 40%`, with what it waits for; None once the driver is known, and where nothing is learned."""
    reason = calibration.not_learning
    if calibration.progress >= 1.0 or reason in (NotLearning.OFF, NotLearning.LEARNED):
        return None
    waits = f", waits ({plain(reason.value)})" if reason is not None else ""
    return f"calibrating {percent(calibration)}{waits}"


def percent(calibration: Calibration) -> str:
    """Rounded down: 100% is nothing less."""
    return f"{int(100 * min(1.0, max(0.0, calibration.progress)))}%"
