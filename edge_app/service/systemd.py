"""What the service manager is told: ready, alive, stopping. Silent outside a service of `Type=notify`.

The protocol is sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names; WATCHDOG_USEC is the longest silence.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

_LIVES_PER_WATCHDOG = 4


class ServiceManager:
    """Never waits and never raises: what cannot be told is logged once."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(environment)
        self._told_alive_s = -float("inf")
        self._failed = False

    def ready(self, words: str = "") -> None:
        """Start-up is over; `words` stand in `systemctl status`."""
        self._tell("READY=1", *([f"STATUS={words}"] if words else []))

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """Called at every turn of the loop; tells a few times within each watchdog period."""
        if self.watchdog_s is None:
            return
        now_s = self._clock()
        if now_s - self._told_alive_s >= self.watchdog_s / _LIVES_PER_WATCHDOG:
            self._told_alive_s = now_s
            self._tell("WATCHDOG=1")

    def begins_anew(self, why: str) -> None:
        """The process is about to replace itself: the whole period is left for what it says and for its start."""
        self._tell("WATCHDOG=1", f"STATUS=begins anew ({why})")

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                sender.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._failed:
                logger.warning("The service manager cannot be told %s: %s.", lines[0], error)
            self._failed = True


def _address(name: str) -> str | None:
    if name.startswith("@"):  # Linux's abstract namespace
        return "\0" + name[1:]
    return name if name.startswith("/") else None


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """None where no watchdog waits for this process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        period_s = int(environment.get("WATCHDOG_USEC", "0")) / 1e6
    except ValueError:
        return None
    return period_s if period_s > 0 else None
