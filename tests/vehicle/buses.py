"""Ends of a vehicle's bus for tests: python-can's virtual bus, and an slcan adapter on a pseudo terminal."""

from __future__ import annotations

import os
import pty
import tty
from itertools import count
from pathlib import Path
from typing import Any

import can
import cantools

DBC = Path(__file__).with_name("car.dbc")
_numbers = count()


class Bus:
    """The other end of a virtual bus, on a channel of its own; speaks the messages of `car.dbc`."""

    def __init__(self) -> None:
        self.channel = f"vigil-test-{next(_numbers)}"
        self.bus = can.Bus(interface="virtual", channel=self.channel)
        self._database: Any = cantools.database.load_file(str(DBC))

    def frame(self, message: str, **signals: Any) -> can.Message:
        kind = self._database.get_message_by_name(message)
        wanted = {signal.name: 0 for signal in kind.signals if not kind.is_multiplexed()} | signals
        return can.Message(
            arbitration_id=kind.frame_id,
            is_extended_id=kind.is_extended_frame,
            data=kind.encode(wanted, strict=False),
        )

    def send(self, message: str, **signals: Any) -> None:
        self.bus.send(self.frame(message, **signals))

    def close(self) -> None:
        self.bus.shutdown()


class SlcanAdapter:
    """A serial CAN adapter that can be unplugged and plugged in again, at the same path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._master = -1

    def plug_in(self) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.path.symlink_to(os.ttyname(slave))
        os.close(slave)

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def send(self, frame: can.Message) -> None:
        kind = (
            f"T{frame.arbitration_id:08X}"
            if frame.is_extended_id
            else f"t{frame.arbitration_id:03X}"
        )
        os.write(self._master, f"{kind}{frame.dlc}{bytes(frame.data).hex()}\r".encode())
