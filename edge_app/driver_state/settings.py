"""Settings of the driver-state estimators. All times in seconds of frame time."""

from __future__ import annotations

from pydantic import Field, model_validator

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from edge_app.driver_state.drowsiness_settings import DrowsinessSettings
from edge_app.driver_state.gaze_zone_settings import GazeZoneSettings
from edge_app.driver_state.head_drop_settings import HeadDropSettings
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.personal_settings import PersonalSettings
from edge_app.settings_model import SettingsModel


class EyeReferences(SettingsModel):
    """What "open" and "closed" mean on the openness scale for one eye of this driver."""

    open: float = Field(
        OPEN_EYE, gt=0, le=1, description="Openness of this driver's open eye, 0..1."
    )
    closed: float = Field(
        SHUT_EYE, ge=0, lt=1, description="Openness of this driver's shut eye, 0..1."
    )

    @model_validator(mode="after")
    def _open_above_closed(self) -> EyeReferences:
        if self.open - self.closed < 0.1:
            raise ValueError("open must be at least 0.1 above closed")
        return self


class LidSettings(SettingsModel):
    """When the lids count as closed, and for how long before a closure has a name.

    The surer a closure is, the sooner it counts: one that is deep for this driver, holds its own depth and is told
    with certainty after `microsleep_s`, one that drifts or is in doubt after `drifting_microsleep_s`, any at all after
    `sleep_s`.
    """

    left: EyeReferences | None = Field(
        None,
        description="References of the driver's left eye; without them those of a typical driver hold until this "
        "driver's own are learned.",
    )
    right: EyeReferences | None = Field(None, description="The same of the driver's right eye.")
    closed_from: float = Field(
        0.8, gt=0, le=1, description="Closure from which the eyes are closed (P80: 80 %)."
    )
    closed_until: float = Field(
        0.65, gt=0, le=1, description="Closure below which closed eyes count as open again."
    )
    seen_open_s: float = Field(
        0.2,
        ge=0,
        le=10,
        description="Eyes must have been seen open for so long before lids count as closed: what looks shut from the "
        "start may be hidden, seconds.",
    )
    own_closed_from: float = Field(
        0.85,
        gt=0,
        le=1,
        description="Share of the deepest closure that this driver has shown from which a closure is deep.",
    )
    own_closed_until: float = Field(
        0.8, gt=0, le=1, description="The share below which a deep closure is deep no more."
    )
    max_own_depth: float = Field(
        1.2,
        ge=1,
        le=1.3,
        description="The deepest closure a driver shows counts for no more than this.",
    )
    vote_s: float = Field(
        0.4, gt=0, le=1, description="A closure ends by a vote over so long, seconds."
    )
    vote_share: float = Field(
        0.7,
        gt=0.5,
        le=1,
        description="It goes on while the lids are down in at least this share of the vote.",
    )
    hold_share: float = Field(
        0.9,
        gt=0.5,
        lt=1,
        description="A closure holds its depth while it stays above this share of its own deepest point; "
        "lids cast down after a blink do not.",
    )
    max_spread: float = Field(
        0.12,
        gt=0,
        description="A closure whose depth spreads (standard deviation over microsleep_s) more than this flutters.",
    )
    max_shut_openness_std: float = Field(
        0.095,
        gt=0,
        description="Standard deviation of the openness of both eyes, mean over microsleep_s, above which a closure is "
        "in doubt, as of open eyes that look far aside: it is no microsleep before drifting_microsleep_s, and PERCLOS "
        "leaves it out.",
    )
    cast_down_from: float = Field(
        0.55,
        gt=0,
        le=1,
        description="Closure from which the lids are cast down: low, but not closed.",
    )
    cast_down_above_usual: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Lids are not cast down unless they are lower than usual by this: narrow eyes always look low.",
    )
    usual_memory_s: float = Field(
        20.0,
        gt=0,
        description="Memory of where the lids usually are, seconds. A driver not seen for longer may be another one; "
        "heads over time begin anew then.",
    )
    unseen_low_share: float = Field(
        0.7,
        gt=0,
        lt=1,
        description="Share of the usual eye aspect ratio below which the lids of eyes that cannot be judged are low.",
    )
    long_closure_s: float = Field(
        0.5, gt=0, description="Closures longer than this are no blinks any more, seconds."
    )
    microsleep_s: float = Field(1.0, gt=0, description="Closure that is a microsleep, seconds.")
    drifting_microsleep_s: float = Field(
        2.0,
        gt=0,
        description="Closure that is a microsleep even if its depth drifts, seconds.",
    )
    yawning_microsleep_s: float = Field(
        2.5,
        gt=0,
        description="The same with the mouth wide, where that is longer: many shut their eyes for two seconds at the "
        "height of a yawn.",
    )
    sleep_s: float = Field(3.0, gt=0, description="Closure that is sleep, seconds.")

    @model_validator(mode="after")
    def _in_order(self) -> LidSettings:
        if not self.cast_down_from < self.closed_until <= self.closed_from:
            raise ValueError("cast_down_from < closed_until <= closed_from must hold")
        if not self.own_closed_until <= self.own_closed_from:
            raise ValueError("own_closed_until <= own_closed_from must hold")
        if (
            not self.long_closure_s
            <= self.microsleep_s
            <= self.drifting_microsleep_s
            <= self.sleep_s
        ):
            raise ValueError(
                "long_closure_s <= microsleep_s <= drifting_microsleep_s <= sleep_s must hold"
            )
        return self


class BlinkSettings(SettingsModel):
    """What counts as a blink. Caffier et al. 2003 for the phases."""

    min_amplitude: float = Field(
        0.35, gt=0, le=1, description="Least drop from the open level, in closure units."
    )
    phase_share: float = Field(
        0.8,
        gt=0.5,
        lt=1,
        description="Share of the amplitude above which the eye is in its closed phase.",
    )
    window_s: float = Field(60.0, gt=0, description="Window of the blink statistics, seconds.")
    min_frame_rate_hz: float = Field(
        20.0, gt=0, description="Below this rate of valid frames blink timing is low_frame_rate."
    )


class PerclosSettings(SettingsModel):
    """PERCLOS (P80), Wierwille et al. 1994."""

    window_s: float = Field(60.0, gt=0, description="Length of the rolling window, seconds.")
    min_coverage: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of the window that must be valid before a share is given.",
    )
    blink_s: float = Field(
        0.4,
        ge=0,
        description="Closures shorter than this are left out of share_without_blinks, seconds.",
    )


class YawnSettings(SettingsModel):
    """A yawn is a slow wide opening that rises and falls, without a smile."""

    rising_from: float = Field(
        0.2, gt=0, le=1, description="Mouth openness at which a yawn may begin."
    )
    wide_from: float = Field(0.6, gt=0, le=1, description="Mouth openness that is wide.")
    steady_share: float = Field(
        0.75,
        ge=0,
        le=1,
        description="Less than this share of its widest so far is not wide either: grimaces come and go, a yawn stays.",
    )
    falls_to: float = Field(
        0.35, ge=0, lt=1, description="A yawn is over at this share of its widest openness."
    )
    min_wide_s: float = Field(1.5, gt=0, description="How long the mouth must be wide, seconds.")
    min_s: float = Field(
        2.5, ge=0, description="From rise to fall; shorter is a note that is sung, seconds."
    )
    max_s: float = Field(15.0, gt=0, description="Longer than this is no yawn, seconds.")
    max_dip_s: float = Field(
        0.3,
        ge=0,
        description="A mouth that is less than wide for longer than this talks or sings, seconds.",
    )
    max_smile: float = Field(0.5, ge=0, le=1, description="A mean smile above this is laughing.")
    window_s: float = Field(600.0, gt=0, description="Window in which yawns are counted, seconds.")

    @model_validator(mode="after")
    def _in_order(self) -> YawnSettings:
        if not self.rising_from < self.wide_from:
            raise ValueError("rising_from must be below wide_from")
        if not self.min_s <= self.max_s:
            raise ValueError("min_s must be at most max_s")
        return self


class GlanceSettings(SettingsModel):
    """Off the road, by head pose against the learned forward direction, and by lids cast down."""

    forward_yaw_deg: float | None = Field(
        None,
        ge=-180,
        le=180,
        description="Direction of the road in the camera's frame, degrees to the picture's right; "
        "learned while driving where it is not given.",
    )
    forward_pitch_deg: float | None = Field(
        None, ge=-90, le=90, description="The same, degrees upwards."
    )
    learn_s: float = Field(
        5.0, gt=0, description="Seconds with a face before the learned forward direction is used."
    )
    learn_memory_s: float = Field(
        120.0, gt=0, description="Memory of the learned forward direction, seconds."
    )
    learn_max_mouth: float = Field(
        0.4,
        gt=0,
        le=1,
        description="With the mouth open wider than this nothing is learned: a yawn throws the head back.",
    )
    max_yaw_deg: float = Field(
        30.0,
        gt=0,
        le=90,
        description="Head turn that is off the road, degrees. With max_down_deg it spans an ellipse: "
        "half turned and half bowed is off the road as well.",
    )
    max_down_deg: float = Field(
        20.0, gt=0, le=90, description="Head nod that is off the road, degrees."
    )
    max_up_deg: float = Field(
        35.0,
        gt=0,
        le=90,
        description="Head raise that is off the road, degrees; a yawn raises it by 25.",
    )
    hysteresis_deg: float = Field(
        4.0,
        ge=0,
        le=20,
        description="The head is back when it is within the limit by this much, degrees.",
    )
    turning_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Turned by this share of a limit the head is on its way: a glance that follows at once began then.",
    )
    turn_s: float = Field(
        0.3, ge=0, description="A turn counts for no longer than this before its limit, seconds."
    )
    seen_from_side_deg: float = Field(
        30.0,
        ge=0,
        le=90,
        description="A face that is lost while the head turns away from the road and is turned from the camera by this "
        "or more has turned out of sight: off the road until it is seen again, degrees.",
    )
    laughs_from: float = Field(
        0.5, gt=0, le=1, description="Smile from which lids may be low from laughing."
    )
    laugh_s: float = Field(
        2.0,
        ge=0,
        description="Lids that are low while the driver laughs are a glance only after so long, seconds.",
    )
    return_s: float = Field(
        0.3, ge=0, description="Returns to the road shorter than this do not end a glance, seconds."
    )
    blink_s: float = Field(
        0.5, ge=0, description="Lids down for less than this are a blink, not a glance, seconds."
    )
    window_s: float = Field(
        30.0, gt=0, description="Window in which glances are summed up, seconds."
    )


class VotingSettings(SettingsModel):
    """Soft voting over a window and a median filter (64 frames, stride 8, median of 11, at 30 frames/s)."""

    window_s: float = Field(64 / 30, gt=0, description="Window of the soft vote, seconds.")
    stride_s: float = Field(8 / 30, gt=0, description="Time between votes, seconds.")
    median_votes: int = Field(11, ge=1, le=101, description="Votes in the median filter.")


class DriverStateSettings(SettingsModel):
    """All estimators of the driver's state."""

    max_gap_s: float = Field(
        0.5,
        gt=0,
        le=2,
        description="Frames farther apart than this leave a gap: neither open nor closed, and no timer runs, seconds.",
    )
    forget_s: float = Field(
        0.5,
        gt=0,
        description="What was going on before a gap longer than this is over, seconds. Above max_gap_s two closures "
        "with an opening that nobody saw can add up to one.",
    )
    lids: LidSettings = Field(LidSettings(), description="Closure of the eyes.")
    blink: BlinkSettings = Field(BlinkSettings(), description="Blinks.")
    perclos: PerclosSettings = Field(PerclosSettings(), description="PERCLOS.")
    yawn: YawnSettings = Field(YawnSettings(), description="Yawns.")
    glance: GlanceSettings = Field(GlanceSettings(), description="Glances off the road.")
    head_drop: HeadDropSettings = Field(HeadDropSettings(), description="Head drops (nods).")
    personal: PersonalSettings = Field(
        PersonalSettings(), description="What is learned of the driver while driving."
    )
    drowsiness: DrowsinessSettings = Field(DrowsinessSettings(), description="Drowsiness level.")
    gaze_zone: GazeZoneSettings = Field(
        GazeZoneSettings(),
        description="Zones of the cabin at which the head points; no decision rests on them.",
    )
    impairment: ImpairmentSettings = Field(
        ImpairmentSettings(), description="Suspicion of impairment."
    )
    expression: VotingSettings = Field(VotingSettings(), description="Expression.")
    temporal: VotingSettings = Field(
        VotingSettings(), description="Heads over time, which perception.temporal reads."
    )
