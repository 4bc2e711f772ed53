"""How the driver is told, and how the driver says "I heard it": outputs chosen by `type`, pins, volume."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel

GpioPin = Annotated[int, Field(ge=0, le=27)]


class ConsoleOutputSettings(SettingsModel):
    """A line of text for each change, on standard error."""

    type: Literal["console"] = Field(default="console", description="Text on standard error.")


class SoundOutputSettings(SettingsModel):
    """Tones through ALSA, a pattern of its own for each level."""

    type: Literal["sound"] = Field(default="sound", description="Tones through ALSA.")
    volume: float = Field(default=0.8, ge=0.0, le=1.0, description="Loudness, 0 to 1.")
    device: str = Field(
        default="default", min_length=1, description="ALSA device, as listed by `aplay -L`."
    )
    player: str = Field(
        default="aplay",
        min_length=1,
        description="The program that plays a WAV file; takes the options of `aplay`.",
    )


class GpioBuzzerOutputSettings(SettingsModel):
    """An active buzzer on a GPIO pin."""

    type: Literal["gpio_buzzer"] = Field(
        default="gpio_buzzer", description="An active buzzer on a GPIO pin."
    )
    pin: GpioPin = Field(default=18, description="GPIO number (BCM), not the header position.")
    active_high: bool = Field(default=True, description="Whether a high level makes it sound.")


class GpioLightOutputSettings(SettingsModel):
    """A lamp or LED on a GPIO pin."""

    type: Literal["gpio_light"] = Field(
        default="gpio_light", description="A lamp or LED on a GPIO pin."
    )
    pin: GpioPin = Field(default=23, description="GPIO number (BCM), not the header position.")
    active_high: bool = Field(default=True, description="Whether a high level lights it.")


CabinOutputSettings = Annotated[
    ConsoleOutputSettings
    | SoundOutputSettings
    | GpioBuzzerOutputSettings
    | GpioLightOutputSettings,
    Field(discriminator="type"),
]


class AcknowledgeSettings(SettingsModel):
    """How the driver acknowledges an alert."""

    keyboard: bool = Field(
        default=True,
        description="Space, Enter or `a` acknowledges, where the program runs in a terminal.",
    )
    button_pin: GpioPin | None = Field(
        default=None, description="GPIO number (BCM) of a push button to ground; null for none."
    )
    button_bounce_s: float = Field(
        default=0.05, ge=0.0, le=1.0, description="Presses closer together than this are one."
    )


class CabinSettings(SettingsModel):
    """Outputs in the cabin and the driver's answer to them."""

    outputs: tuple[CabinOutputSettings, ...] = Field(
        default=(ConsoleOutputSettings(),),
        max_length=16,
        description="What tells the driver; all of them at once, each in its own thread.",
    )
    silent_after_s: float = Field(
        default=2.0,
        ge=0.5,
        le=60.0,
        description="The outputs tell of a failure by themselves when the program has not spoken to them for so long,"
        " seconds.",
    )
    acknowledge: AcknowledgeSettings = Field(
        default=AcknowledgeSettings(), description="How the driver acknowledges an alert."
    )

    @model_validator(mode="after")
    def _no_pin_twice(self) -> CabinSettings:
        pins = [
            output.pin
            for output in self.outputs
            if isinstance(output, (GpioBuzzerOutputSettings, GpioLightOutputSettings))
        ]
        if self.acknowledge.button_pin is not None:
            pins.append(self.acknowledge.button_pin)
        for pin in pins:
            if pins.count(pin) > 1:
                raise ValueError(f"GPIO {pin} is used twice; give each output and button its own")
        return self
