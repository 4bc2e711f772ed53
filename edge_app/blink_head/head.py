"""The head of a bundle, ready to run: the last blinks in, how alert they look out. It remembers nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.probability.softmax import softmax
from edge_app.blink_head.rows import MOST_BLINKS, BlinkRow, blinks_input
from edge_app.driver_state.signals import BlinkReading
from edge_app.inference.session import Session


class BlinkHead:
    """Used from one thread."""

    def __init__(self, session: Session) -> None:
        """session: `blinks` (1, 30, 4) -> `logits` (1, 3), `level` (1, 1)."""
        self._session = session

    def step(self, rows: Sequence[BlinkRow]) -> BlinkReading:
        """rows: amplitude, duration and velocity of the last blinks, oldest first; more than 30 are not looked at.

        Each in deviations from this driver's mean while alert. Raises `ValueError` without a blink or for one that is
        no three numbers, `RuntimeError` where the head's answer is no number.
        """
        said = self._session.run({"blinks": blinks_input(rows)})
        shares, level = softmax(said["logits"])[0], float(said["level"][0, 0])
        if not np.isfinite(shares).all() or not np.isfinite(level):
            raise RuntimeError("the head on blinks does not answer with numbers")
        alert, low_vigilance, drowsy = shares.tolist()
        return BlinkReading(alert, low_vigilance, drowsy, level, min(len(rows), MOST_BLINKS))
