"""The one protocol behind which all cabin outputs stand, and the registry that opens them by `type`.

The `type` in the settings names a plug-in module of this package; it is imported only when chosen.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from edge_app.alerts.cabin_settings import CabinOutputSettings
from edge_app.alerts.event import ActiveAlert
from edge_app.errors import UserError


class OutputError(UserError):
    """An output cannot be opened or has failed; one sentence: what, where, what to do."""


class CabinOutput(Protocol):
    """One way of telling the driver. Used from one thread; no call waits for a pattern to end."""

    def show(self, voice: ActiveAlert | None) -> None:
        """Begin to tell of `voice`, in place of what was told before; None: be silent and dark."""
        ...

    def sustain(self, held_s: float) -> None:
        """Called many times a second while a voice is held: repeat, blink. Raises when the device has failed.

        held_s: seconds since `show`.
        """
        ...

    def close(self) -> None:
        """Be silent and release the device. May be called twice."""
        ...


def open_output(settings: CabinOutputSettings) -> CabinOutput:
    """The output that `settings.type` names. Raises `OutputError` where it cannot be opened."""
    plug_in = import_module(f"edge_app.alerts.outputs.{settings.type}")
    return cast(CabinOutput, plug_in.open_output(settings))
