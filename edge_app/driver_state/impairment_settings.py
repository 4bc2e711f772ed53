"""Settings of the suspicion of impairment. What a cue is worth stands in `impairment_accounts.py`, with its source."""

from __future__ import annotations

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class ImpairmentSettings(SettingsModel):
    """From cues of several minutes to a suspicion. Never a blood alcohol concentration; docs/impairment.md."""

    prior: float = Field(
        0.015,
        gt=0,
        lt=0.5,
        description="Share of drives held to be impaired before anything is seen: 1.5 % of night-time weekend drivers "
        "had 0.08 g/dL or more in the National Roadside Survey 2013-2014.",
    )
    sleepy_prior: float = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="Share of drives held to be sleepy before anything is seen: what both explain is shared between "
        "the two.",
    )
    min_observed_s: float = Field(
        180.0,
        ge=180,
        description="Seconds of a seen driver on the road before a suspicion is told.",
    )
    min_confidence: float = Field(
        0.2, ge=0, le=1, description="With less of the evidence in sight no suspicion is told."
    )
    memory_s: float = Field(
        480.0, ge=180, description="Of cues older than this ever less is left, seconds."
    )
    max_step_per_min: float = Field(
        1.5,
        gt=0,
        description="The logarithm of the odds moves by no more than this in a minute, towards what the cues say.",
    )
    max_cue_evidence: float = Field(
        2.0,
        gt=0,
        description="No cue adds or takes more than this from the logarithm of the odds.",
    )
    independent_share: float = Field(
        0.8,
        gt=0,
        le=1,
        description="The cues of one driver go together: of their sum this share counts.",
    )
    min_speed_kmh: float = Field(
        30.0, ge=0, description="Below this speed, where it is known, cues are not gathered, km/h."
    )
    road_centre_deg: float = Field(
        12.0,
        gt=0,
        le=30,
        description="Radius of the road's centre about where the eyes usually rest, degrees: the 8 of eye trackers "
        "and room for the error of a gaze read by a camera.",
    )
    min_frame_rate_hz: float = Field(
        20.0,
        gt=0,
        description="Below this rate of valid frames blinks, drift and oscillation of the gaze are low_frame_rate.",
    )
    saccade_min_frame_rate_hz: float = Field(
        50.0,
        gt=0,
        description="Below this rate of valid frames saccades cannot be timed: one of 15 degrees takes 54 ms.",
    )

    @model_validator(mode="after")
    def _priors_leave_room(self) -> ImpairmentSettings:
        if self.prior + self.sleepy_prior >= 0.5:
            raise ValueError("prior and sleepy_prior must be below 0.5 together")
        return self
