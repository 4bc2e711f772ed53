"""Settings of the advice that follows from a suspicion of impairment. Off unless the owner asks for it."""

from __future__ import annotations

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class ImpairmentAlertSettings(SettingsModel):
    """Advice and never more: no warning, no figure of alcohol, nothing that stops a vehicle. docs/impairment.md."""

    enabled: bool = Field(
        False,
        description="Advise on a suspicion of impairment at all. It is validated on nobody who had been drinking.",
    )
    min_suspicion: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Suspicion from which to advise, 0..1: at 0.1 the odds are seven times those before anything "
        "was seen, and still most who are advised are not impaired.",
    )
    clear_suspicion: float = Field(
        0.06, ge=0, lt=1, description="Suspicion below which the advice ends, 0..1."
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="No advice with less of the evidence in sight, 0..1."
    )
    persists_s: float = Field(
        60.0, ge=30, description="How long all that must hold before the advice, seconds."
    )
    min_speed_kmh: float = Field(
        30.0, ge=0, description="No advice below this speed where speed is known, km/h."
    )
    repeat_s: float = Field(
        1800.0, gt=0, description="The advice does not return sooner than this, seconds."
    )

    @model_validator(mode="after")
    def _in_order(self) -> ImpairmentAlertSettings:
        if self.clear_suspicion >= self.min_suspicion:
            raise ValueError("clear_suspicion must be below min_suspicion")
        return self
