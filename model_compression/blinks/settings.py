"""How the head on blinks learns."""

from __future__ import annotations

from pydantic import Field

from edge_app.settings_model import SettingsModel


class BlinkTraining(SettingsModel):
    """One training of the head; the defaults make the one that ships."""

    members: int = Field(
        6, ge=1, le=16, description="Networks whose mean says the classes; as many say the level."
    )
    width: int = Field(24, ge=4, le=128, description="Channels of a blink.")
    description: int = Field(24, ge=4, le=128, description="Numbers that describe a sequence.")
    hidden: int = Field(24, ge=4, le=128, description="Channels of the last hidden layer.")
    dropout: float = Field(0.3, ge=0, lt=1, description="Of what describes a sequence.")
    steps: int = Field(300, ge=1, description="Optimiser steps.")
    sequences_per_class: int = Field(48, ge=1, description="Sequences of each class in a step.")
    recording_power: float = Field(
        0.5,
        ge=0,
        le=1,
        description="A recording is drawn in proportion to this power of its number of sequences.",
    )
    learning_rate: float = Field(2e-3, gt=0, description="Highest, in a one-cycle course.")
    weight_decay: float = Field(0.02, ge=0, description="Of all weights.")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="Of the three classes.")
    blinks_dropped: float = Field(
        0.3, ge=0, lt=1, description="Largest share of blinks left out of a sequence."
    )
    scale_jitter: float = Field(
        0.0, ge=0, description="Deviation of the log of a wrong personal deviation."
    )
    shift_jitter: float = Field(
        0.0, ge=0, description="Deviation of a wrong personal mean, in personal deviations."
    )
    level_weight: float = Field(4.0, ge=0, description="Of the squared error of the level, 0..1.")
    ranking_weight: float = Field(
        1.0, ge=0, description="Of pairs of sequences whose levels stand in the wrong order."
    )
    drowsy_ranking: float = Field(
        6.0,
        ge=0,
        description="How much more low vigilance against drowsy counts among the pairs.",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Everything random follows from it.")
