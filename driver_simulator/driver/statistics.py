"""The statistics that drivers are drawn from: three YAML files of this folder to checked settings.

Sources stand in the files, beside the figures. Nothing of the estimators may read them.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import yaml
from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel

FOLDER = Path(__file__).parent
Range = tuple[float, float]
Levels = tuple[float, float, float, float]
DrawnTarget = Literal["rear_mirror", "own_mirror", "far_mirror", "cluster"]
_Settings = TypeVar("_Settings", bound=SettingsModel)


class ByKss(SettingsModel):
    """A course over the Karolinska scale: linear between the values given, level beyond them."""

    kss: tuple[float, ...] = Field(min_length=1, description="Levels of sleepiness, rising.")
    value: tuple[float, ...] = Field(min_length=1, description="The value at each.")

    @model_validator(mode="after")
    def _pairs_in_order(self) -> ByKss:
        if len(self.kss) != len(self.value) or any(b <= a for a, b in pairwise(self.kss)):
            raise ValueError("kss must rise and have one value each")
        return self

    def at(self, kss: float) -> float:
        return float(np.interp(kss, self.kss, self.value))


class ByAngle(SettingsModel):
    """The same over an angle in degrees."""

    deg: tuple[float, float] = Field(description="Two angles, rising.")
    value: tuple[float, float] = Field(description="The value at each.")

    def at(self, deg: float) -> float:
        return float(np.interp(deg, self.deg, self.value))


class BlinkStatistics(SettingsModel):
    rate_per_min: ByKss = Field(description="Blinks a minute.")
    rate_people: float = Field(ge=0, description="Spread between people.")
    talking_factor: float = Field(gt=0, description="On the rate, while talking.")
    reading_factor: float = Field(gt=0, description="On the rate, while reading a telephone.")
    interval_shape: float = Field(gt=0, description="Shape of the gamma distribution.")
    shortest_interval_s: float = Field(ge=0, description="From open to the next onset, seconds.")
    with_glance_share: float = Field(ge=0, le=1, description="Glances that bring a blink.")
    duration_s: ByKss = Field(description="Onset to open again, seconds: the median.")
    duration_people: float = Field(ge=0, description="Spread between people.")
    duration_spread: float = Field(ge=0, description="Spread from blink to blink.")
    shortest_s: float = Field(gt=0, description="No blink is shorter, seconds.")
    closing_share: ByKss = Field(description="Share of the duration on the way down.")
    closed_share: ByKss = Field(description="Share of the duration at the deepest point.")
    incomplete_share: ByKss = Field(description="Share of blinks that do not close the eye.")
    incomplete_depth: Range = Field(description="Their depth, closure.")
    complete_depth: Range = Field(description="Depth of the others, closure.")
    side_lag_s: float = Field(ge=0, description="Spread of one lid's lag behind the other, s.")
    side_depth_people: float = Field(ge=0, description="Spread of one lid's depth.")


class LongClosureStatistics(SettingsModel):
    share: ByKss = Field(description="Share of all closures.")
    shut_s: Range = Field(description="For how long the lids touch, seconds.")
    closing_s: Range = Field(description="The way down, seconds.")
    reopening_s: Range = Field(description="The way up, seconds.")
    nod_share: ByKss = Field(description="Share with a head that sinks.")
    nod_deg: Range = Field(description="How far, degrees.")


class MicrosleepStatistics(SettingsModel):
    rate_per_hour: ByKss = Field(description="Microsleeps an hour.")
    rate_people: float = Field(ge=0, description="Spread between people.")
    shut_median_s: float = Field(gt=0, description="Median time the lids touch, seconds.")
    shut_spread: float = Field(ge=0, description="Spread of its logarithm.")
    shut_s: Range = Field(description="Shortest and longest, seconds.")
    closing_s: Range = Field(description="The way down, seconds.")
    reopening_s: Range = Field(description="The way up, seconds.")
    nod_share: ByKss = Field(description="Share with a head that sinks.")
    nod_deg: Range = Field(description="How far, degrees.")


class RestingLidStatistics(SettingsModel):
    closure: ByKss = Field(description="Closure between closures.")
    closure_people: float = Field(ge=0, description="Spread between people.")
    flutter: ByKss = Field(description="Standard deviation of slow rise and fall.")


class YawnStatistics(SettingsModel):
    rate_per_hour: ByKss = Field(description="Yawns an hour.")
    rate_people: float = Field(ge=0, description="Spread between people.")
    duration_s: Range = Field(description="From opening to shut, seconds.")


class LookingStatistics(SettingsModel):
    glance_share: ByKss = Field(description="Share of an alert driver's glances.")
    fixation_factor: ByKss = Field(description="On the length of fixations.")
    drift_deg: ByKss = Field(description="Slow drift of the eyes, degrees.")


class DrowsinessStatistics(SettingsModel):
    blink: BlinkStatistics = Field(description="Blinks.")
    long_closure: LongClosureStatistics = Field(description="Closures longer than blinks.")
    microsleep: MicrosleepStatistics = Field(description="Microsleeps by chance.")
    resting_lids: RestingLidStatistics = Field(description="Half-open eyes.")
    yawn: YawnStatistics = Field(description="Yawns.")
    looking: LookingStatistics = Field(description="What is left of looking about.")


class GlanceStatistics(SettingsModel):
    target: DrawnTarget = Field(description="`own_mirror` is on the driver's side.")
    rate_per_min: float = Field(ge=0, description="Glances a minute.")
    mean_s: float = Field(gt=0, description="Mean time on the target, seconds.")
    std_s: float = Field(ge=0, description="Its standard deviation.")
    head_share: float = Field(ge=0, le=1, description="Share of the turn made by the head.")


class HeadSway(SettingsModel):
    yaw: float = Field(ge=0, description="Degrees.")
    pitch: float = Field(ge=0, description="Degrees.")
    roll: float = Field(ge=0, description="Degrees.")


class AttentionStatistics(SettingsModel):
    glances: tuple[GlanceStatistics, ...] = Field(description="Where to, how often, how long.")
    glance_rate_people: float = Field(ge=0, description="Spread between people.")
    head_share_people: float = Field(ge=0, description="Spread between people, not of a logarithm.")
    shortest_glance_s: float = Field(gt=0, description="Seconds.")
    longest_glance_s: float = Field(gt=0, description="Seconds.")
    least_between_s: float = Field(ge=0, description="Eyes on the road between two, seconds.")
    fixation_s: float = Field(gt=0, description="Median fixation, seconds.")
    fixation_spread: float = Field(ge=0, description="Spread of its logarithm.")
    scatter_yaw_deg: float = Field(ge=0, description="Scatter of fixations, degrees.")
    scatter_pitch_deg: float = Field(ge=0, description="Scatter of fixations, degrees.")
    saccade_s: float = Field(gt=0, description="Shortest saccade, seconds.")
    saccade_s_per_deg: float = Field(ge=0, description="Longer by so much for a degree.")
    head_lag_s: ByAngle = Field(description="Head after eyes, seconds.")
    head_turn_s: float = Field(gt=0, description="Shortest head turn, seconds.")
    head_turn_s_per_deg: float = Field(ge=0, description="Longer by so much for a degree.")
    most_eye_deg: float = Field(gt=0, description="How far eyes turn in the head, degrees.")
    sway_deg: HeadSway = Field(description="Standard deviation of the head's own sway.")
    sway_m: float = Field(ge=0, description="The same of its place, metres.")
    shake_deg: float = Field(ge=0, description="Shaking by the road at 100 km/h.")
    shake_m: float = Field(ge=0, description="The same of its place, metres.")
    sway_people: float = Field(ge=0, description="Spread between people.")


class ImpairmentStatistics(SettingsModel):
    people: float = Field(ge=0, description="Spread between people and cues, in levels.")
    blink_duration_factor: Levels = Field(description="On the length of blinks.")
    long_closure_share: Levels = Field(description="Added to the share of long closures.")
    resting_closure: Levels = Field(description="Added to the resting closure.")
    drift_deg: Levels = Field(description="Slow drift of the eyes, degrees.")
    scatter_factor: Levels = Field(description="On the scatter of fixations.")
    fixation_factor: Levels = Field(description="On the length of fixations.")
    saccade_factor: Levels = Field(description="On the time of saccades.")
    glance_share: Levels = Field(description="Share of the glances that are left.")
    mimicry: Levels = Field(description="Share of facial movement that is left.")
    sway_factor: Levels = Field(description="On the sway of the head.")


def _read(name: str, model: type[_Settings]) -> _Settings:
    return model.model_validate(yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")))


@cache
def drowsiness_statistics() -> DrowsinessStatistics:
    return _read("drowsiness_statistics.yaml", DrowsinessStatistics)


@cache
def attention_statistics() -> AttentionStatistics:
    return _read("attention_statistics.yaml", AttentionStatistics)


@cache
def impairment_statistics() -> ImpairmentStatistics:
    return _read("impairment_statistics.yaml", ImpairmentStatistics)
