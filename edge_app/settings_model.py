"""What every settings model of every room has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SettingsModel(BaseModel):
    """Unknown keys are errors, values do not change after loading. Every field carries a description."""

    model_config = ConfigDict(extra="forbid", frozen=True)
