"""`slots.json`: which slot is in use, what each holds, how the trial goes; the pointer, replaced in one step."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from edge_app.settings_model import SettingsModel
from edge_app.updates.durable import replace_file

logger = logging.getLogger(__name__)

SLOTS_FILE = "slots.json"
SlotName = Literal["slot-a", "slot-b"]
SLOT_NAMES: tuple[SlotName, ...] = ("slot-a", "slot-b")
State = Literal["empty", "filling", "ready", "trial", "good", "bad"]
MOST_REFUSED = 100


class Slot(SettingsModel):
    """What one of the two folders holds."""

    state: State = Field("empty", description="How far it has come.")
    title: str = Field("", description="Name and version of its bundle.")
    sha256: str = Field("", description="Of the packed bundle, as it was signed.")


class Trial(SettingsModel):
    """How the bundle in use does while it is on trial."""

    failed_starts: int = Field(0, ge=0, description="Starts that ended badly.")
    good_s: float = Field(0.0, ge=0, description="Good running so far.")
    running: bool = Field(True, description="Until the program has ended in order.")
    boot_id: str = Field("", description="Of the machine at the last start of the program.")
    good_since_start: bool = Field(False, description="Whether this start has run well already.")


class RefusedBundle(SettingsModel):
    """A bundle that is not tried again: for ever, or by this version of Vigil."""

    title: str = Field(description="Name and version.")
    sha256: str = Field(description="Of the packed bundle.")
    why: str = Field(description="In words.")
    program: str | None = Field(
        None,
        description="Version of Vigil that could not use it, and may be told apart; null: it was tried, and failed.",
    )


class SlotsRecord(SettingsModel):
    """All of `slots.json`."""

    format: Literal[1] = Field(1, description="Version of this format.")
    current: SlotName | None = Field(
        None, description="In use; null: the bundle that the settings name."
    )
    following: SlotName | None = Field(None, description="In use from the next start.")
    slot_a: Slot = Field(Slot(), description="The first.")
    slot_b: Slot = Field(Slot(), description="The second.")
    trial: Trial | None = Field(None, description="While the bundle in use is on trial.")
    good_rate_hz: float | None = Field(
        None, ge=0, description="Frames per second with the last good bundle."
    )
    refused: tuple[RefusedBundle, ...] = Field((), description="Bundles that proved bad.")

    def slot(self, name: SlotName) -> Slot:
        return self.slot_a if name == "slot-a" else self.slot_b

    def with_slot(self, name: SlotName, slot: Slot, **changes: object) -> SlotsRecord:
        return self.model_copy(update={name.replace("-", "_"): slot, **changes})

    def changed(self, **changes: object) -> SlotsRecord:
        return self.model_copy(update=changes)


def read_record(folder: Path) -> SlotsRecord:
    """What cannot be read is set aside: the bundle that the settings name is always there."""
    path = folder / SLOTS_FILE
    try:
        return SlotsRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return SlotsRecord()
    except (OSError, ValidationError) as error:
        logger.error("%s cannot be read (%s); both slots are taken for empty.", path, error)
        try:
            path.replace(path.with_suffix(".corrupt"))
        except OSError as failed:
            logger.error("%s cannot be set aside (%s).", path, failed)
        return SlotsRecord()


def write_record(folder: Path, record: SlotsRecord) -> None:
    """Raises OSError, and then the record before stands."""
    replace_file(folder / SLOTS_FILE, record.model_dump_json(indent=1).encode())
