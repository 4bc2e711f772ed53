"""Settings of the links over the vehicle's own bus: its messages with a DBC file, and OBD."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from edge_app.settings_model import SettingsModel
from edge_app.vehicle.link_settings import LinkSettings


def _not_a_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError('YAML reads On, Off, Yes and No as true or false; write it as "On"')
    return value


SignalWord = Annotated[float | str, BeforeValidator(_not_a_boolean)]


class CanSignalSettings(SettingsModel):
    """A number in the DBC file."""

    signal: str = Field(min_length=1, description="Name of the signal in the DBC file.")
    message: str | None = Field(
        default=None,
        description="Name of its message, where several messages have a signal of this name.",
    )
    factor: float | None = Field(
        default=None,
        description="What the signal is multiplied by to give km/h, or rad to the left; null where the unit in the DBC"
        " file tells it.",
    )
    offset: float = Field(
        default=0.0, description="What is added after the multiplication, km/h or rad."
    )


class CanSwitchSettings(SettingsModel):
    """A yes or no in the DBC file."""

    signal: str = Field(min_length=1, description="Name of the signal in the DBC file.")
    message: str | None = Field(
        default=None,
        description="Name of its message, where several messages have a signal of this name.",
    )
    means_true: tuple[SignalWord, ...] = Field(
        min_length=1,
        description="Raw numbers, or words of the DBC file, that mean yes.",
    )
    means_false: tuple[SignalWord, ...] = Field(
        default=(),
        description="Those that mean no; any other is unknown. Empty: whatever does not mean yes, and is not called"
        " invalid by the DBC file, means no.",
    )


class BusSettings(LinkSettings):
    """Which bus, and how it is reached."""

    interface: str = Field(
        default="socketcan",
        min_length=1,
        description="Kind of adapter, as python-can names it: socketcan, slcan, pcan, kvaser, gs_usb, …",
    )
    channel: str = Field(
        default="can0", min_length=1, description="Name of the bus, such as can0 or /dev/ttyACM0."
    )
    bitrate: int | None = Field(
        default=None,
        ge=5_000,
        le=1_000_000,
        description="Bits per second, for adapters that are told by the program; of socketcan the system sets it.",
    )
    options: dict[str, bool | int | float | str] = Field(
        default={},
        description="What else python-can wants for this kind of adapter, such as the host and port of socketcand.",
    )


class CanProviderSettings(BusSettings):
    """The messages on the vehicle's CAN bus, read with a DBC file. It only listens."""

    type: Literal["can"] = Field(default="can", description="CAN messages and a DBC file.")
    database: Path = Field(description="The DBC file (KCD, SYM, ARXML and CDD are read too).")
    flexible_data_rate: bool = Field(default=False, description="Whether the bus is CAN FD.")
    speed_kmh: CanSignalSettings | None = Field(
        default=None, description="The signal that is the speed; null where there is none."
    )
    ignition_on: CanSwitchSettings | None = Field(
        default=None, description="The signal that tells of the ignition; null where there is none."
    )
    reverse: CanSwitchSettings | None = Field(
        default=None,
        description="The signal that tells of reverse gear; null where there is none.",
    )
    steering_wheel_rad: CanSignalSettings | None = Field(
        default=None,
        description="The signal that is the steering wheel's angle; null where there is none.",
    )

    @model_validator(mode="after")
    def _something_is_read(self) -> CanProviderSettings:
        read = (self.speed_kmh, self.ignition_on, self.reverse, self.steering_wheel_rad)
        if all(signal is None for signal in read):
            raise ValueError(
                "no signal is read; name at least one of speed_kmh, ignition_on, reverse and"
                " steering_wheel_rad"
            )
        return self


class QuestionSettings(LinkSettings):
    """How often a vehicle is asked."""

    ask_every_s: float = Field(
        default=0.2,
        ge=0.05,
        le=1.0,
        description="Time between two questions, seconds; four in five are for the speed, one for the engine's.",
    )


class ObdProviderSettings(BusSettings, QuestionSettings):
    """Speed and engine speed, asked of the vehicle through its diagnostic socket (OBD-II over CAN)."""

    type: Literal["obd"] = Field(default="obd", description="Questions to the diagnostic socket.")
    identifiers: Literal["11-bit", "29-bit"] = Field(
        default="11-bit", description="Which addresses the vehicle uses (ISO 15765-4)."
    )


class Elm327ProviderSettings(QuestionSettings):
    """Speed and engine speed, asked of the vehicle through an ELM327 reader at its diagnostic socket."""

    type: Literal["elm327"] = Field(default="elm327", description="Questions to an ELM327 reader.")
    port: str = Field(
        default="/dev/ttyUSB0",
        min_length=1,
        description="Its serial port, such as /dev/ttyUSB0 or, over Bluetooth, /dev/rfcomm0.",
    )
    baud_rate: int = Field(
        default=38_400,
        ge=9_600,
        le=2_000_000,
        description="Bits per second of the serial port; most readers have 38400, some 9600 or 115200.",
    )
