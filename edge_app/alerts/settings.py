"""Settings of the alert ladder. Seconds of frame time; sources in docs/alerts.md."""

from __future__ import annotations

from pydantic import Field, model_validator

from edge_app.alerts.impairment_settings import ImpairmentAlertSettings
from edge_app.settings_model import SettingsModel


class ClosedEyesSettings(SettingsModel):
    """Microsleep and sleep are named by the driver state; here is what follows."""

    unresponsive_s: float = Field(
        6.0, gt=0, description="Eyes closed for so long: unresponsive, seconds."
    )
    unresponsive_after_alarm_s: float = Field(
        3.0, gt=0, description="Eyes not open so long after an alarm: unresponsive, seconds."
    )
    open_again_s: float = Field(
        1.0, gt=0, description="Eyes seen open for so long end the warning, seconds."
    )
    not_closed_again_s: float = Field(
        5.0,
        gt=0,
        description="Lids that have risen, though not to open, for so long end it too, seconds.",
    )


class DrowsinessAlertSettings(SettingsModel):
    advice_level: float = Field(
        7.0, ge=1, le=9, description="KSS-like level from which to advise a break."
    )
    warning_level: float = Field(8.0, ge=1, le=9, description="KSS-like level from which to warn.")
    warning_head_drops: int = Field(
        2,
        ge=1,
        description="While eyes cannot be seen, no warning with fewer head drops than this within the window of head "
        "drops: advice at most.",
    )
    min_speed_kmh: float = Field(
        65.0, ge=0, description="No drowsiness alert below this speed where speed is known, km/h."
    )
    hysteresis: float = Field(
        0.5, ge=0, le=3, description="The level must fall this far below to end the alert."
    )
    repeat_s: float = Field(
        600.0,
        gt=0,
        description="The same drowsiness alert does not return sooner than this, seconds.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> DrowsinessAlertSettings:
        if self.advice_level > self.warning_level:
            raise ValueError("advice_level must not be above warning_level")
        return self


class DistractionSettings(SettingsModel):
    fast_kmh: float = Field(50.0, gt=0, description="Speed from which the short limit holds, km/h.")
    slow_kmh: float = Field(20.0, ge=0, description="Speed from which the long limit holds, km/h.")
    hold_below_kmh: float = Field(
        10.0, ge=0, description="Below this speed distraction timers hold, km/h."
    )
    glance_fast_s: float = Field(
        3.5, gt=0, description="One glance off the road at fast_kmh and above, seconds."
    )
    glance_slow_s: float = Field(
        6.0, gt=0, description="One glance off the road between slow_kmh and fast_kmh, seconds."
    )
    share_s: float = Field(
        10.0, gt=0, description="Sum of glances within the window (30 s) that is too much, seconds."
    )
    share_clear_s: float = Field(
        6.0, ge=0, description="The sum must fall to this before it can warn again, seconds."
    )
    back_s: float = Field(
        1.0, gt=0, description="Eyes on the road for so long end a glance warning, seconds."
    )

    @model_validator(mode="after")
    def _in_order(self) -> DistractionSettings:
        if not self.hold_below_kmh <= self.slow_kmh <= self.fast_kmh:
            raise ValueError("hold_below_kmh <= slow_kmh <= fast_kmh must hold")
        if self.share_clear_s >= self.share_s:
            raise ValueError("share_clear_s must be below share_s")
        return self


class DegradedSettings(SettingsModel):
    told_after_s: float = Field(
        8.0,
        gt=0,
        le=10,
        description="Face or eyes unavailable for so long: the driver is told, seconds.",
    )
    camera_told_after_s: float = Field(
        1.5,
        gt=0,
        le=10,
        description="A camera fault is told so long after it was found; finding a frozen picture takes 8 s itself.",
    )
    min_blind_share: float = Field(
        0.25,
        gt=0,
        le=1,
        description="What comes and goes is told as well, if it is gone for at least this share of the time.",
    )
    lost_eyes_told_after_s: float = Field(
        2.0,
        gt=0,
        description="Eyes last seen closed and then lost, or unseen with lids that seem low, are warned about after so "
        "long, seconds.",
    )
    clear_s: float = Field(
        2.0, gt=0, description="All visible again for so long ends the notice, seconds."
    )
    min_frame_rate_hz: float = Field(
        2.5, ge=0, description="Fewer usable frames than this are as good as none, frames/s."
    )


class ParkingSettings(SettingsModel):
    standing_kmh: float = Field(
        3.0, ge=0, description="At or below this speed the vehicle stands, km/h."
    )
    clear_distraction_after_s: float = Field(
        5.0, gt=0, description="Standing for so long clears distraction, seconds."
    )
    parked_after_s: float = Field(
        60.0, gt=0, description="Standing for so long is parked: no alerts, seconds."
    )


class AlertSettings(SettingsModel):
    """The ladder: which alert at which time, and how each one ends."""

    closed_eyes: ClosedEyesSettings = Field(
        ClosedEyesSettings(), description="Microsleep and sleep."
    )
    drowsiness: DrowsinessAlertSettings = Field(
        DrowsinessAlertSettings(), description="Drowsiness."
    )
    distraction: DistractionSettings = Field(
        DistractionSettings(), description="Glances off the road."
    )
    impairment: ImpairmentAlertSettings = Field(
        ImpairmentAlertSettings(), description="Suspicion of impairment; off unless switched on."
    )
    degraded: DegradedSettings = Field(DegradedSettings(), description="What cannot be seen.")
    parking: ParkingSettings = Field(ParkingSettings(), description="Standing and parked.")
    acknowledge_mute_s: float = Field(
        30.0,
        gt=0,
        description="An acknowledged alert stays silent for so long, unless it rises in level, seconds.",
    )
    brief_voice_s: float = Field(
        4.0,
        gt=0,
        description="Notices and advice are voiced for so long, then only shown, seconds.",
    )
