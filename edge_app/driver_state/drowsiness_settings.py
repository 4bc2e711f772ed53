"""Settings of the drowsiness level. What each sign is worth, and from where, stands in docs/drowsiness.md."""

from __future__ import annotations

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class DrowsinessSettings(SettingsModel):
    """Rules from physiological signs to a KSS-like level 1..9."""

    alert_level: float = Field(3.0, ge=1, le=9, description="Level of a driver without any sign.")
    perclos_moderate: float = Field(
        0.08, gt=0, lt=1, description="PERCLOS without blinks that adds 3 levels (share of time)."
    )
    perclos_severe: float = Field(
        0.15, gt=0, lt=1, description="PERCLOS without blinks that adds 5 levels (share of time)."
    )
    blink_alert_s: float = Field(
        0.30,
        gt=0,
        description="Mean blink duration up to which a driver is alert whose own alert blinks are not known, seconds.",
    )
    blink_drowsy_s: float = Field(
        0.50, gt=0, description="Mean blink duration that adds 2 levels, seconds; likewise."
    )
    blink_alert_deviations: float = Field(
        0.5,
        ge=0,
        description="Mean blink duration up to which a driver whose own alert blinks are known is alert, in deviations "
        "above those.",
    )
    blink_drowsy_deviations: float = Field(
        2.0, gt=0, description="Mean blink duration that adds 2 levels to that driver's."
    )
    own_blinks_window_s: float = Field(
        180.0, gt=0, description="Window of the mean against the driver's own blinks, seconds."
    )
    min_own_blinks: int = Field(
        5, ge=1, description="Fewer blinks against the driver's own than this say nothing."
    )
    blink_head_most: float = Field(
        1.0,
        ge=0,
        le=2,
        description="Most levels that the learned head on blinks adds; it takes none away. 0 leaves it out.",
    )
    prior_most: float = Field(
        1.0,
        ge=0,
        le=2,
        description="Most levels that time driven and time of day add together. 0 leaves them out.",
    )
    window_s: float = Field(
        300.0, gt=0, description="How long a microsleep keeps the level up, seconds."
    )
    min_observed_s: float = Field(
        30.0, ge=0, description="Seconds of visible eyes, or of a visible head, before a level."
    )
    falls_per_min: float = Field(
        2.0,
        gt=0,
        description="The level falls no faster than this, levels a minute: nobody is awake again within seconds, and "
        "alerts do not flap.",
    )
    most_confidence_without_eyes: float = Field(
        0.4, ge=0, le=1, description="Confidence of a level without eyes, at most."
    )
    rest_s: float = Field(
        900.0,
        gt=0,
        description="Parked for so long is a rest: the time driven counts from anew, seconds.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> DrowsinessSettings:
        if not self.perclos_moderate < self.perclos_severe:
            raise ValueError("perclos_moderate must be below perclos_severe")
        if not self.blink_alert_s < self.blink_drowsy_s:
            raise ValueError("blink_alert_s must be below blink_drowsy_s")
        if not self.blink_alert_deviations < self.blink_drowsy_deviations:
            raise ValueError("blink_alert_deviations must be below blink_drowsy_deviations")
        return self
