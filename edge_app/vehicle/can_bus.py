"""A CAN bus through python-can, with errors an installer can act on. For the providers that listen and that ask."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from edge_app.errors import UserError
from edge_app.vehicle.bus_settings import BusSettings, CanProviderSettings
from edge_app.vehicle.link import LinkError

if TYPE_CHECKING:
    import can
    from can.typechecking import CanFilter

INSTALL = "run pip install 'vigil-driver-monitoring[can]', or choose another vehicle.provider.type"


def require_python_can(settings: BusSettings) -> None:
    """Raises `UserError` where the bus can never be opened."""
    try:
        import can
    except ImportError as error:
        raise UserError(f"vehicle.provider: python-can is not installed; {INSTALL}") from error
    if settings.interface not in can.VALID_INTERFACES:
        near = get_close_matches(settings.interface, can.VALID_INTERFACES, n=1)
        known = f"did you mean {near[0]}?" if near else ", ".join(sorted(can.VALID_INTERFACES))
        raise UserError(
            f"vehicle.provider.interface {settings.interface} is no kind of adapter that python-can"
            f" knows; {known}"
        )


class CanBus:
    """An open bus. Its end, and whatever it cannot do, is a `LinkError`."""

    def __init__(
        self,
        settings: BusSettings,
        filters: Sequence[CanFilter],
        *,
        flexible_data_rate: bool = False,
    ) -> None:
        import can

        self.name = bus_name(settings)
        options: dict[str, Any] = dict(settings.options)
        if settings.bitrate is not None:
            options["bitrate"] = settings.bitrate
        if flexible_data_rate:
            options["fd"] = True
        try:
            self._bus = can.Bus(
                channel=settings.channel,
                interface=settings.interface,
                can_filters=list(filters),
                **options,
            )
        # Drivers of adapters raise what they like: a missing library, a channel that is no number.
        except (can.CanError, OSError, ImportError, ValueError, TypeError) as error:
            raise LinkError(
                f"{self.name}: cannot be opened ({_why(error)}); {_opening_hint(settings)}"
            ) from error

    def receive(self, wait_s: float) -> can.Message | None:
        """The next data frame; None where none comes in time, or one that tells nothing."""
        import can

        try:
            message = self._bus.recv(wait_s)
        # A serial adapter that sends garbage is a loss, too.
        except (can.CanError, OSError, ValueError, IndexError) as error:
            raise LinkError(
                f"{self.name}: was lost ({_why(error)}); is the adapter plugged in, is the bus up?"
            ) from error
        if message is None or message.is_error_frame or message.is_remote_frame:
            return None
        return message

    def send(self, message: can.Message) -> None:
        import can

        try:
            self._bus.send(message, timeout=0.1)
        except (can.CanError, OSError) as error:
            raise LinkError(
                f"{self.name}: a question cannot be sent ({_why(error)}); is the bit rate right, is"
                " the vehicle awake?"
            ) from error

    def close(self) -> None:
        import can

        # An adapter that has gone cannot be told so.
        with contextlib.suppress(can.CanError, OSError):
            self._bus.shutdown()


def bus_name(settings: BusSettings) -> str:
    return f"CAN {settings.channel} ({settings.interface})"


def _opening_hint(settings: BusSettings) -> str:
    if settings.interface == "socketcan":
        listening = " listen-only on" if isinstance(settings, CanProviderSettings) else ""
        return (
            "is the adapter plugged in? Bring the bus up with"
            f" `sudo ip link set {settings.channel} up type can bitrate 500000{listening}`"
        )
    return (
        "check vehicle.provider.interface, channel and bitrate, and that the adapter is plugged in"
    )


def _why(error: BaseException) -> str:
    if (
        isinstance(error, OSError) and error.errno
    ):  # an adapter's own words name the port and the number again
        return os.strerror(error.errno)
    return " ".join(str(error).split())[:200] or type(error).__name__
