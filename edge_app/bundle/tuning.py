"""How a bundle wants its outputs read: every threshold, weight and temperature there is, and what each may be.

Whoever writes a bundle, installs one or reads with it takes the names and limits from here. A name that is not here
is refused: a mistyped threshold must not pass in silence.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edge_app.settings_model import SettingsModel

Threshold = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[float, Field(ge=0, le=1)]
Temperature = Annotated[float, Field(gt=0)]


class Thresholds(SettingsModel):
    """Probabilities, after the temperature, from which an answer is yes; and the weights of two readings of one eye."""

    heat: Threshold = Field(0.5, description="Of the detector: a face lies here.")
    face: Threshold = Field(0.5, description="The crop holds a face.")
    eye: Threshold = Field(0.5, description="An eye can be seen.")
    mouth: Threshold = Field(0.5, description="The mouth can be seen.")
    glasses: Threshold = Field(0.5, description="Clear glasses are worn.")
    sunglasses: Threshold = Field(0.5, description="Sunglasses are worn.")
    mask: Threshold = Field(0.5, description="A mask is worn.")
    hand: Threshold = Field(0.5, description="A hand is before the face.")
    openness_face_weight: Weight = Field(
        0.5, description="Weight of the face part's eye openness beside the eyes part's, 0 to 1."
    )
    visible_face_weight: Weight = Field(
        0.5, description="Weight of the face part's answer whether an eye can be seen, 0 to 1."
    )


class Temperatures(SettingsModel):
    """By head: what its logits are divided by before they become probabilities."""

    visibility: Temperature = Field(1.0, description="Of the face part's head.")
    visible: Temperature = Field(1.0, description="Of the eyes part's head.")
    expression: Temperature = Field(1.0, description="Of the expression part's head.")
    drowsiness: Temperature = Field(1.0, description="Of the temporal part's head.")
    intoxication: Temperature = Field(1.0, description="Of the temporal part's head.")
    expression_over_time: Temperature = Field(1.0, description="Of the temporal part's head.")
