"""When the program begins anew by itself, and at which heat or load it looks less often."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class ThermalStep(SettingsModel):
    """From this temperature on, no more frames than this."""

    above_celsius: float = Field(ge=30.0, le=120.0, description="Hottest thermal zone, °C.")
    frame_rate_hz: float = Field(ge=1.0, le=120.0, description="Most frames looked at, 1/s.")


class PaceSettings(SettingsModel):
    """Fewer frames before the machine throttles itself or falls behind."""

    thermal_steps: tuple[ThermalStep, ...] = Field(
        default=(),
        max_length=8,
        description="Steps from cool to hot; none unless the device's profile or you name them, since every chip"
        " throttles at another heat. Below 20 frames/s blinks are no longer timed.",
    )
    thermal_hysteresis_celsius: float = Field(
        default=3.0, ge=0.0, le=20.0, description="A step is left so far below where it began, °C."
    )
    load_rates_hz: tuple[float, ...] = Field(
        default=(20.0, 15.0, 10.0),
        max_length=8,
        description="Steps, 1/s, taken one by one while more frames are overwritten than dropped_share allows.",
    )
    dropped_share: float = Field(
        default=0.2,
        gt=0.0,
        lt=1.0,
        description="Share of frames overwritten unread, over load_window_s, that counts as overload.",
    )
    load_window_s: float = Field(
        default=10.0, gt=0.0, le=600.0, description="Time over which load is judged, seconds."
    )
    load_retry_s: float = Field(
        default=60.0,
        gt=0.0,
        le=3600.0,
        description="A load step that has held for so long is left on trial, seconds.",
    )

    @model_validator(mode="after")
    def _from_cool_to_hot(self) -> PaceSettings:
        steps = self.thermal_steps
        if any(
            later.above_celsius <= step.above_celsius or later.frame_rate_hz > step.frame_rate_hz
            for step, later in pairwise(steps)
        ):
            raise ValueError("thermal_steps rise in above_celsius and do not rise in frame_rate_hz")
        if list(self.load_rates_hz) != sorted(self.load_rates_hz, reverse=True):
            raise ValueError("load_rates_hz fall")
        return self


class ServiceSettings(SettingsModel):
    """How the program stays up."""

    stall_after_s: float = Field(
        default=2.0,
        ge=0.5,
        le=60.0,
        description="A loop that has not turned for so long is stuck, and the program begins anew, seconds.",
    )
    stall_longest_s: float = Field(
        default=20.0,
        ge=0.5,
        le=600.0,
        description="The same, doubled at each time in a row, up to this, seconds; keep it below WatchdogSec.",
    )
    stall_forgotten_s: float = Field(
        default=600.0,
        gt=0.0,
        description="After so long without being stuck the wait is short again, seconds.",
    )
    stop_within_s: float = Field(
        default=5.0,
        gt=0.0,
        le=60.0,
        description="Longest time for delivering messages when the program ends, seconds; they are on disk anyway.",
    )
    pace: PaceSettings = Field(
        default_factory=PaceSettings, description="Fewer frames when hot or overloaded."
    )

    @model_validator(mode="after")
    def _ordered(self) -> ServiceSettings:
        if self.stall_longest_s < self.stall_after_s:
            raise ValueError("stall_longest_s is at least stall_after_s")
        return self
