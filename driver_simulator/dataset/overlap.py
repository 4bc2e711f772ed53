"""`overlap.yaml` as checked settings: how much the classes of simulated clips look alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from edge_app.settings_model import SettingsModel

FILE = Path(__file__).parent / "overlap.yaml"
Range = tuple[float, float]
Beside = Literal[
    "talk",
    "laugh",
    "sing",
    "yawn",
    "squint",
    "look_down",
    "express",
    "rub_eyes",
    "slow_blink",
    "microsleep",
    "nod",
    "head_tilt",
]
Shares = dict[Beside, float]


class SleepinessRanges(SettingsModel):
    alert: Range = Field(description="KSS of clips labelled alert.")
    drowsy: Range = Field(description="KSS of clips labelled drowsy.")


class BesideByClass(SettingsModel):
    alert: Shares = Field(description="Share of clips with each behaviour.")
    drowsy: Shares = Field(description="The same of drowsy clips.")


class DrowsinessOverlap(SettingsModel):
    kss: SleepinessRanges = Field(description="Sleepiness by class.")
    beside: BesideByClass = Field(description="What else happens, by class.")


class ExpressionOverlap(SettingsModel):
    kss: Range = Field(description="Sleepiness.")
    intensity: Range = Field(description="At the apex, 0..1.")
    begins: Range = Field(description="Onset, as a share of the clip's length after its begin.")
    lasts: Range = Field(description="Onset to end, as a share of the clip's length.")
    onset_s: Range = Field(description="From none to the apex, seconds.")
    offset_s: Range = Field(description="From the apex to none, seconds.")
    beside: Shares = Field(description="What else happens.")


class BesideByLevel(SettingsModel):
    none: Shares = Field(description="Share of clips with each behaviour.")
    moderate: Shares = Field(description="The same of moderate impairment.")
    strong: Shares = Field(description="The same of strong impairment.")


class IntoxicationOverlap(SettingsModel):
    kss: Range = Field(description="Sleepiness.")
    intensity: Range = Field(description="Of expressions at the apex, 0..1.")
    beside: BesideByLevel = Field(description="What else happens, by level.")


class PeopleSpread(SettingsModel):
    eye_aperture_mm: Range = Field(description="Mean and deviation.")
    expressiveness: float = Field(ge=0, description="Deviation of the logarithm.")


class WornShares(SettingsModel):
    glasses: float = Field(ge=0, le=1, description="Share of drives.")
    sunglasses: float = Field(ge=0, le=1, description="Share of drives.")
    mask: float = Field(ge=0, le=1, description="Share of drives.")
    cap: float = Field(ge=0, le=1, description="Share of drives.")


class Overlap(SettingsModel):
    drowsiness: DrowsinessOverlap = Field(description="Alert against drowsy.")
    expression: ExpressionOverlap = Field(description="The seven expressions.")
    intoxication: IntoxicationOverlap = Field(description="Levels of scripted impairment.")
    people: PeopleSpread = Field(description="How people differ.")
    worn: WornShares = Field(description="What is worn.")


@cache
def overlap() -> Overlap:
    return Overlap.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
