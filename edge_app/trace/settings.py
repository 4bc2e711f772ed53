"""Settings of the trace: where it is written, when a new file begins, how much is kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class TraceSettings(SettingsModel):
    """A recording of signals, states and alerts without pictures, for `vigil replay`. Off unless `folder` is given."""

    folder: Path | None = Field(
        default=None,
        description="Folder of the trace files; null writes none. It is made when missing.",
    )
    file_minutes: float = Field(
        default=10.0, gt=0, le=1440, description="A new file begins after so long, minutes."
    )
    file_mb: float = Field(
        default=16.0, ge=1, le=256, description="A file does not grow beyond this, megabytes."
    )
    total_mb: float = Field(
        default=512.0,
        ge=2,
        description="All trace files in the folder together; when full the oldest goes first, megabytes.",
    )
    sync_s: float = Field(
        default=5.0,
        gt=0,
        description="What was written reaches the disk itself at least this often, seconds: a power cut costs no more.",
    )

    @model_validator(mode="after")
    def _room_for_two_files(self) -> TraceSettings:
        if self.total_mb < 2 * self.file_mb:
            raise ValueError("total_mb must hold two files of file_mb, or nothing would be left")
        return self
