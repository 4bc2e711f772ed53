"""Birth, status and last will of one boot: who we are and how we fare, from the newest reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from edge_app.telemetry import clock
from edge_app.telemetry.messages import StatusMessage
from edge_app.telemetry.outgoing import Outgoing

CONNECTION_LOST = "connection_lost"
STOPPED = "stopped"


class StatusBoard:
    """Composes status messages. Reasons may be written by one thread while others read."""

    def __init__(
        self,
        topic: str,
        vehicle: str,
        boot_id: str,
        birth_number: int,
        versions: Mapping[str, str],
    ) -> None:
        self._topic = topic
        self._vehicle = vehicle
        self._boot_id = boot_id
        self._birth_number = birth_number
        self._versions = dict(versions)
        self._protocol: str | None = None
        self.reasons: tuple[str, ...] = ()
        self.told: tuple[int, tuple[str, ...]] = (0, ())  # connection number and reasons said last

    def last_will(self, connection_number: int) -> Outgoing:
        return self._compose("offline", (CONNECTION_LOST,), connection_number, timed=False)

    def birth(self, connection_number: int, protocol: str) -> Outgoing:
        self._protocol = protocol
        return self.now(connection_number)

    def now(self, connection_number: int) -> Outgoing:
        reasons = self.reasons
        self.told = (connection_number, reasons)
        return self._compose("degraded" if reasons else "online", reasons, connection_number)

    def farewell(self, connection_number: int) -> Outgoing:
        return self._compose("offline", (STOPPED,), connection_number)

    def _compose(
        self,
        status: Literal["online", "degraded", "offline"],
        reasons: tuple[str, ...],
        connection_number: int,
        timed: bool = True,
    ) -> Outgoing:
        now = clock.now()
        message = StatusMessage(
            vehicle=self._vehicle,
            status=status,
            reasons=reasons,
            time=now.wall if timed else None,
            clock_synchronised=now.synchronised,
            boot_id=self._boot_id,
            birth_number=self._birth_number,
            connection_number=connection_number,
            protocol=self._protocol if timed else None,
            versions=self._versions,
        )
        return Outgoing(self._topic, message.encoded(), qos=1, retain=True)
