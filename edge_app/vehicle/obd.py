"""Speed and engine speed, asked of the vehicle through its diagnostic socket: OBD-II mode 01 over CAN (ISO 15765-4).

Questions and answers fit single frames. Where nobody answers, questions stop and begin again after a growing wait: a
vehicle that sleeps is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_app.vehicle.bus_settings import ObdProviderSettings
from edge_app.vehicle.can_bus import CanBus, bus_name, require_python_can
from edge_app.vehicle.link import LinkedProvider, LinkError
from edge_app.vehicle.obd_answers import (
    CURRENT_DATA,
    UNANSWERED,
    obd_values,
    question,
    take_answer,
)
from edge_app.vehicle.values import VehicleValues

if TYPE_CHECKING:
    from can.typechecking import CanFilter

_PADDING = 0x55
_TO_ALL = {"11-bit": 0x7DF, "29-bit": 0x18DB33F1}
_ANSWERS: dict[str, CanFilter] = {
    "11-bit": {"can_id": 0x7E8, "can_mask": 0x7F8, "extended": False},
    "29-bit": {"can_id": 0x18DAF100, "can_mask": 0x1FFFFF00, "extended": True},
}


class _ObdConnection:
    def __init__(
        self,
        settings: ObdProviderSettings,
        values: VehicleValues,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._values = values
        self._clock = clock
        self._asked = self._unanswered = 0
        self._bus = CanBus(settings, [_ANSWERS[settings.identifiers]])

    def turn(self, wait_s: float) -> None:
        """One question, and what is answered until the next is due."""
        self._ask(question(self._asked))
        self._asked += 1
        next_s = self._clock() + self._settings.ask_every_s
        answered = False
        while (left_s := next_s - self._clock()) > 0:
            message = self._bus.receive(left_s)
            if message is not None and self._hear(bytes(message.data)):
                answered = True
        self._unanswered = 0 if answered else self._unanswered + 1
        if self._unanswered >= UNANSWERED:
            raise LinkError(
                f"{self._bus.name}: no control unit answers; is the ignition on, are bitrate and"
                " vehicle.provider.identifiers right?"
            )

    def _ask(self, what: int) -> None:
        import can

        message = can.Message(
            arbitration_id=_TO_ALL[self._settings.identifiers],
            is_extended_id=self._settings.identifiers == "29-bit",
            data=[2, CURRENT_DATA, what, *([_PADDING] * 5)],
        )
        self._bus.send(message)

    def _hear(self, data: bytes) -> bool:
        """Whether it was an answer that tells a value. A single frame begins with how many bytes follow, 1 to 7."""
        length = data[0] if data else 0
        if not 1 <= length <= 7 or len(data) <= length:
            return False
        return take_answer(data[1 : 1 + length], self._values)

    def close(self) -> None:
        self._bus.close()


def open_provider(settings: ObdProviderSettings, source: tuple[str, str] | None) -> LinkedProvider:
    require_python_can(settings)
    values = obd_values(settings.stale_after_s, settings.ask_every_s)
    return LinkedProvider(
        f"OBD on {bus_name(settings)}",
        lambda: _ObdConnection(settings, values),
        values,
        silence_hint="is the ignition on?",
    )
