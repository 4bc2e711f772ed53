"""What a set of clips is made with: two runs with equal settings and portraits write the same set."""

from __future__ import annotations

from pydantic import Field

from driver_simulator.dataset.tasks import TASKS, Task
from edge_app.settings_model import SettingsModel


class DatasetSettings(SettingsModel):
    """Everything that the plan of a set depends on beside the portraits."""

    tasks: tuple[Task, ...] = Field(
        TASKS, min_length=1, description="What the clips are labelled for."
    )
    clips: int = Field(ge=1, le=1_000_000, description="Clips of each task, all splits together.")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Where chance starts.")
    frames: int = Field(64, ge=1, le=4096, description="Frames of each clip.")
    frame_rate_hz: float = Field(16.0, ge=1, le=120, description="Frames per second.")
    width_px: int = Field(320, ge=160, le=1920, multiple_of=2, description="Width, pixels.")
    height_px: int = Field(240, ge=120, le=1080, multiple_of=2, description="Height, pixels.")
    label_noise: float = Field(
        0.05, ge=0, le=0.5, description="Share of clips with another label than was scripted."
    )
    clips_per_drive: int = Field(
        6, ge=1, le=100, description="Clips with one person, camera, light and clothing."
    )
    people: int | None = Field(
        None, ge=1, description="At most so many of the photographs' people; null: all."
    )
    shared_people: bool = Field(
        False, description="One person may be in several splits, for want of people."
    )
    quality_crf: int = Field(
        20, ge=0, le=51, description="Of the clips: 0 without loss, 51 the worst."
    )

    @property
    def duration_s(self) -> float:
        """Of each clip."""
        return self.frames / self.frame_rate_hz
