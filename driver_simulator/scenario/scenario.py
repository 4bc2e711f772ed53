"""One scenario: a driver, a camera, light and vehicle over time, and what the driver does.

In: a YAML file (`load.py` reads it). Out: checked settings; nothing here is random or drawn yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from driver_simulator.scenario.behaviours import AnyBehaviour, claims_of
from driver_simulator.scenario.person import PersonSettings
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
    def _spans_in_order(
        cls, spans: tuple[LightSpan | VehicleSpan | StateSpan, ...]
    ) -> Sequence[LightSpan | VehicleSpan | StateSpan]:
        if spans[0].from_s != 0:
            raise ValueError("the first span must begin at from_s: 0")
        for before, after in pairwise(spans):
            if after.from_s <= before.from_s:
                raise ValueError(
                    f"the span from {after.from_s:g} s does not come after the one from {before.from_s:g} s"
                )
        return spans

    @field_validator("behaviours")
    @classmethod
    def _behaviours_do_not_collide(
        cls, behaviours: tuple[AnyBehaviour, ...]
    ) -> tuple[AnyBehaviour, ...]:
        in_order = sorted(behaviours, key=lambda one: one.from_s)
        for place, one in enumerate(in_order):
            for other in in_order[place + 1 :]:
                if other.from_s >= one.from_s + one.duration_s:
                    break
                shared = sorted(claims_of(one) & claims_of(other))
                if shared:
                    raise ValueError(
                        f"{one.type} from {one.from_s:g} s and {other.type} from {other.from_s:g} s both move the "
                        f"{shared[0]}: let one end before the other begins"
                    )
        return behaviours

    @model_validator(mode="after")
    def _all_within_the_drive(self) -> Scenario:
        for name in ("light", "vehicle", "state", "behaviours"):
            for span in getattr(self, name):
                until_s = span.from_s + getattr(span, "duration_s", 0.0)
                if until_s > self.duration_s:
                    raise ValueError(
                        f"{name}: what begins at {span.from_s:g} s lasts until {until_s:g} s, "
                        f"longer than the drive of {self.duration_s:g} s"
                    )
        return self
