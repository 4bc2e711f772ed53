"""GPIO devices through gpiozero, which is imported only here and only when a pin is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from edge_app.alerts.outputs.output import OutputError


def open_output_pin(owner: str, pin: int, *, active_high: bool) -> Any:
    """A `gpiozero.OutputDevice`, off. Raises `OutputError`."""
    return _open(
        owner,
        pin,
        lambda gpiozero: gpiozero.OutputDevice(pin, active_high=active_high, initial_value=False),
    )


def open_button(owner: str, pin: int, *, bounce_s: float) -> Any:
    """A `gpiozero.Button` to ground. Raises `OutputError`."""
    return _open(
        owner,
        pin,
        lambda gpiozero: gpiozero.Button(pin, pull_up=True, bounce_time=bounce_s or None),
    )


def _open(owner: str, pin: int, construct: Callable[[Any], Any]) -> Any:
    try:
        import gpiozero
    except ImportError as error:
        raise OutputError(
            f"{owner}: GPIO needs the package gpiozero; install Vigil with the extra `pi`."
        ) from error
    try:
        with warnings.catch_warnings():
            # One warning for each pin library that is absent; the error below says it once.
            warnings.simplefilter("ignore")
            return construct(gpiozero)
    except (gpiozero.GPIOZeroError, OSError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise OutputError(
            f"{owner}: GPIO {pin} cannot be used ({reason}); check the pin, that no other program"
            " holds it, and that this user is in the group gpio."
        ) from error
