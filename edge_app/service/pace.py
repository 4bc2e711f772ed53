"""How many frames are looked at: fewer by stated steps when the machine is hot or falls behind, and why.

Temperatures in °C, times of frames and of the machine in seconds; no clock of its own.
"""

from __future__ import annotations

from collections import deque

from edge_app.service.settings import PaceSettings

HEAT = "frame_rate_lowered_heat"
LOAD = "frame_rate_lowered_load"
_EARLY = 0.1  # of a period: cameras jitter


class Pace:
    """Belongs to one thread."""

    def __init__(self, settings: PaceSettings, camera_rate_hz: float) -> None:
        """camera_rate_hz: what the camera is asked for; steps above it change nothing."""
        self._settings = settings
        self._load_rates_hz = [rate for rate in settings.load_rates_hz if rate < camera_rate_hz]
        self._thermal_step = 0  # 0: cool
        self._load_step = 0
        self._load_step_s = 0.0  # when it was taken
        self._counts: deque[tuple[float, int, int]] = deque()  # now, frames taken, overwritten
        self._next_s = -float("inf")
        self._camera_rate_hz = camera_rate_hz

    def judge(self, now_s: float, celsius: float | None, taken: int, overwritten: int) -> None:
        """Look at the machine, every second or so. Counts are of frames since the start."""
        self._judge_heat(celsius)
        self._judge_load(now_s, taken, overwritten)

    def admits(self, t_s: float) -> bool:
        """Whether the frame of this time is looked at."""
        rate_hz = self.rate_hz
        if rate_hz is None:
            return True
        period_s = 1.0 / rate_hz
        early_s = self._next_s - t_s
        if _EARLY * period_s < early_s < 2 * period_s:
            return False
        # On a grid, so that 20/s of a camera's 30/s are two of three; begun anew after a gap or a step back.
        on_the_grid = -period_s < early_s < 2 * period_s
        self._next_s = (self._next_s if on_the_grid else t_s) + period_s
        return True

    @property
    def rate_hz(self) -> float | None:
        """None: every frame."""
        rates = []
        if self._thermal_step:
            rates.append(self._settings.thermal_steps[self._thermal_step - 1].frame_rate_hz)
        if self._load_step:
            rates.append(self._load_rates_hz[self._load_step - 1])
        lowest = min(rates, default=self._camera_rate_hz)
        return lowest if lowest < self._camera_rate_hz else None

    @property
    def reasons(self) -> tuple[str, ...]:
        if self.rate_hz is None:
            return ()
        told = [(self._thermal_step, HEAT), (self._load_step, LOAD)]
        return tuple(reason for step, reason in told if step)

    def _judge_heat(self, celsius: float | None) -> None:
        if celsius is None:
            self._thermal_step = 0
            return
        steps = self._settings.thermal_steps
        reached = sum(celsius >= step.above_celsius for step in steps)
        held = sum(
            celsius >= step.above_celsius - self._settings.thermal_hysteresis_celsius
            for step in steps[: self._thermal_step]
        )
        self._thermal_step = max(reached, held)

    def _judge_load(self, now_s: float, taken: int, overwritten: int) -> None:
        counts = self._counts
        counts.append((now_s, taken, overwritten))
        while now_s - counts[0][0] > self._settings.load_window_s:
            counts.popleft()
        if self._load_step and now_s - self._load_step_s >= self._settings.load_retry_s:
            self._take_load_step(self._load_step - 1, now_s)
        elif self._is_overloaded(now_s) and self._load_step < len(self._load_rates_hz):
            self._take_load_step(self._load_step + 1, now_s)

    def _is_overloaded(self, now_s: float) -> bool:
        since_s, taken, overwritten = self._counts[0]
        if now_s - since_s < 0.8 * self._settings.load_window_s:
            return False
        lost = self._counts[-1][2] - overwritten
        seen = self._counts[-1][1] - taken
        return lost > self._settings.dropped_share * (lost + seen) > 0

    def _take_load_step(self, step: int, now_s: float) -> None:
        self._load_step, self._load_step_s = step, now_s
        last = self._counts[-1]
        self._counts.clear()
        self._counts.append(last)
