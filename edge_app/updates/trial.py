"""Whether the program runs well: judged over windows of some seconds from what the loop counts.

In: counts and the moment. Out: a verdict. No clock, no disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_app.updates.settings import TrialSettings

WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class RunningSigns:
    """What the loop tells of itself; counts are since the start."""

    frames: int
    failed: int  # frames on which perception raised an error
    camera_fault: bool  # no frame is owed
    slowed_by_heat: bool  # a low rate is not the bundle's


class Verdict(Enum):
    RUNS_WELL = "runs_well"  # the window just ended was good
    RUNS_BADLY = "runs_badly"  # for as long as the settings allow
    NOTHING_NEW = "nothing_new"


class TrialJudge:
    """Belongs to one thread."""

    def __init__(self, settings: TrialSettings, good_rate_hz: float | None) -> None:
        """good_rate_hz: with the bundle before; None where it is not known."""
        self._settings = settings
        self._good_rate_hz = good_rate_hz
        self._began: tuple[float, RunningSigns] | None = None
        self._bad_since_s: float | None = None
        self.rate_hz = 0.0  # of the last window
        self.window_s = 0.0
        self.why = ""

    def judge(self, now_s: float, signs: RunningSigns) -> Verdict:
        if self._began is None or signs.frames < self._began[1].frames:
            self._began = now_s, signs
            return Verdict.NOTHING_NEW
        began_s, before = self._began
        self.window_s = now_s - began_s
        if self.window_s < min(WINDOW_S, self._settings.unhealthy_s):
            return Verdict.NOTHING_NEW
        self._began = now_s, signs
        frames, failed = signs.frames - before.frames, signs.failed - before.failed
        self.rate_hz = frames / self.window_s
        if signs.camera_fault or before.camera_fault or (signs.slowed_by_heat and not failed):
            return Verdict.NOTHING_NEW  # tells nothing of the bundle
        self.why = self._complaint(frames, failed)
        if not self.why:
            self._bad_since_s = None
            return Verdict.RUNS_WELL
        if self._bad_since_s is None:
            self._bad_since_s = began_s
        if now_s - self._bad_since_s >= self._settings.unhealthy_s:
            return Verdict.RUNS_BADLY
        return Verdict.NOTHING_NEW

    def _complaint(self, frames: int, failed: int) -> str:
        if frames == 0:
            return "the loop does not turn"
        if failed > self._settings.most_failed_share * frames:
            return f"perception fails on {failed} of {frames} frames"
        least_hz = (self._good_rate_hz or 0.0) * self._settings.least_rate_share
        if self.rate_hz < least_hz:
            return f"{self.rate_hz:.1f} frames/s, {self._good_rate_hz:.1f} with the bundle before"
        return ""
