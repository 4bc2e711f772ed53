"""One scenario: a driver, a camera, light and vehicle over time, and what the driver does.

In: a YAML file (`load.py` reads it). Out: checked settings; nothing here is random or drawn yet.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from driver_simulator.scenario.behaviours import ROUNDING_S, AnyBehaviour, collisions
from driver_simulator.scenario.person import PersonSettings
from driver_simulator.scenario.placed_errors import PlacedError, raise_placed
from driver_simulator.scenario.viewing import CameraSettings, LightSpan
from edge_app.settings_model import SettingsModel


class StateSpan(SettingsModel):
    """How the driver is from `from_s` until the next span."""

    from_s: float = Field(ge=0, description="When this state begins, seconds.")
    kss: float = Field(
        2.0,
        ge=1,
        le=9,
        description="Sleepiness on the Karolinska scale, 1 (extremely alert) to 9 (fighting sleep).",
    )
    impairment: Literal["none", "light", "moderate", "strong"] = Field(
        "none",
        description="Level of scripted impairment: slow lids, drifting gaze, sway, less mimicry.",
    )


class VehicleSpan(SettingsModel):
    """What the vehicle does from `from_s` until the next span."""

    from_s: float = Field(ge=0, description="When this begins, seconds.")
    speed_kmh: float | None = Field(
        None, ge=0, le=400, description="Speed, km/h; null where the vehicle does not tell."
    )
    reverse: bool | None = Field(None, description="Whether reverse gear is in; null: not told.")
    ignition_on: bool | None = Field(
        True, description="Whether the ignition is on; null: not told."
    )


AnySpan = LightSpan | VehicleSpan | StateSpan


class Scenario(SettingsModel):
    """A drive as it is scripted. Lists of spans begin at 0 and go on in order of time."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_]{0,63}$",
        json_schema_extra={"allowed": "1 to 64 small letters, digits and _"},
        description="The scenario's name.",
    )
    description: str = Field("", description="What it is for, in a sentence.")
    seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="Where chance starts; the same seed gives the same frames.",
    )
    duration_s: float = Field(gt=0, le=86_400, description="Length of the drive, seconds.")
    person: PersonSettings = Field(PersonSettings(), description="Who drives.")
    camera: CameraSettings = Field(CameraSettings(), description="What looks at the driver.")
    driver_side: Literal["left", "right"] = Field(
        "left", description="Side of the vehicle on which the driver sits."
    )
    passenger: bool = Field(
        False, description="Somebody sits beside the driver, in view of the camera."
    )
    light: tuple[LightSpan, ...] = Field(
        (LightSpan(from_s=0, type="day"),), min_length=1, description="The light over time."
    )
    vehicle: tuple[VehicleSpan, ...] = Field(
        (VehicleSpan(from_s=0, speed_kmh=100),), min_length=1, description="The vehicle over time."
    )
    state: tuple[StateSpan, ...] = Field(
        (StateSpan(from_s=0),), min_length=1, description="How the driver is, over time."
    )
    mirror_glances: bool = Field(
        True, description="Short glances at mirrors and instruments, as drivers make them."
    )
    behaviours: tuple[AnyBehaviour, ...] = Field(
        (), description="What the driver does beside driving."
    )

    @field_validator("light", "vehicle", "state")
    @classmethod
    def _spans_in_order(cls, spans: tuple[AnySpan, ...]) -> tuple[AnySpan, ...]:
        errors = []
        if spans[0].from_s != 0:
            sentence = "the first one must begin at 0"
            errors.append(PlacedError((0, "from_s"), spans[0].from_s, sentence))
        for place, (before, after) in enumerate(pairwise(spans), start=1):
            if after.from_s <= before.from_s:
                sentence = (
                    f"it must come after the one before it, which begins at {before.from_s:.9g} s"
                )
                errors.append(PlacedError((place, "from_s"), after.from_s, sentence))
        raise_placed(cls.__name__, errors)
        return spans

    @field_validator("behaviours")
    @classmethod
    def _behaviours_do_not_collide(
        cls, behaviours: tuple[AnyBehaviour, ...]
    ) -> tuple[AnyBehaviour, ...]:
        raise_placed(cls.__name__, collisions(behaviours))
        return behaviours

    @model_validator(mode="after")
    def _all_within_the_drive(self) -> Scenario:
        errors = []
        for name in ("light", "vehicle", "state"):
            for place, span in enumerate(getattr(self, name)):
                if span.from_s >= self.duration_s:
                    sentence = f"the drive is over at {self.duration_s:.9g} s (duration_s)"
                    errors.append(PlacedError((name, place, "from_s"), span.from_s, sentence))
        for place, behaviour in enumerate(self.behaviours):
            if behaviour.until_s > self.duration_s + ROUNDING_S:
                key = "duration_s" if "duration_s" in behaviour.model_fields_set else "from_s"
                sentence = (
                    f"the {behaviour.type} would last until {behaviour.until_s:.9g} s,"
                    f" but the drive is over at {self.duration_s:.9g} s (duration_s)"
                )
                path = ("behaviours", place, key)
                errors.append(PlacedError(path, getattr(behaviour, key), sentence))
        raise_placed(type(self).__name__, errors)
        return self
