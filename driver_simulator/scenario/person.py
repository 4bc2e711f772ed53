"""Who drives: the portrait, how wide the eyes open, and what is worn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel

ASTRONAUT = "astronaut"


class NoEyewear(SettingsModel):
    """Bare eyes."""

    type: Literal["none"] = Field("none", description="Nothing before the eyes.")


class Glasses(SettingsModel):
    """Spectacles through which the eyes are seen."""

    type: Literal["glasses"] = Field(description="Clear or lightly tinted lenses.")
    transmittance: float = Field(
        0.92, gt=0.5, le=1, description="Share of light that passes a lens, above 0.5."
    )
    reflection: float = Field(
        0.0, ge=0, le=1, description="Strength of the window mirrored in the lenses, 0..1."
    )


class Sunglasses(SettingsModel):
    """Lenses that hide the eyes from some cameras and not from others."""

    type: Literal["sunglasses"] = Field(description="Dark lenses.")
    transmittance: float = Field(
        0.12, ge=0, le=0.5, description="Share of visible light that passes a lens, up to 0.5."
    )
    infrared_transmittance: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Share of near-infrared light that passes; many lenses pass it.",
    )


Eyewear = Annotated[NoEyewear | Glasses | Sunglasses, Field(discriminator="type")]


class PersonSettings(SettingsModel):
    """The driver of a scenario."""

    portrait: str = Field(
        ASTRONAUT,
        min_length=1,
        description="`astronaut`, or the path of a photograph of one face, relative to the scenario's file.",
    )
    eye_aperture_mm: float = Field(
        10.0,
        ge=6,
        le=14,
        description="Largest gap between the lids of the open eye, millimetres (Euro NCAP: 6 to 14).",
    )
    eyewear: Eyewear = Field(NoEyewear(), description="What is worn before the eyes.")
    mask: bool = Field(False, description="A face mask over mouth and nose.")
    beard: Literal["none", "short", "long"] = Field(
        "none", description="`short` is below 20 mm, `long` covers the mouth."
    )
    cap: Literal["none", "cap", "low_cap"] = Field(
        "none", description="A peaked cap; `low_cap` shades or hides the eyes."
    )
