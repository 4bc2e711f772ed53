"""The thread that keeps one connection to the vehicle, and the provider that hands on what it hears.

A connection that is lost takes its values with it; it is tried again after a wait that doubles, with jitter.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from random import Random
from typing import Protocol

from edge_app.back_off import BackOff, BackOffSettings
from edge_app.vehicle.state import VehicleState
from edge_app.vehicle.values import VehicleValues

_log = logging.getLogger(__name__)

_TURN_S = 0.1
_STABLE_TURNS = 50  # about five seconds of silence, or as many messages: it was a good connection
_CLOSE_S = 2.0
_QUIET_S = 3.0
# Nothing of the fleet's is knocked at here: the vehicle's own bus may be asked sooner than a server.
_BACK_OFF = BackOffSettings(min_s=0.5, max_s=15.0)


class LinkError(Exception):
    """Why there is no connection, as one sentence: what is wrong; what to do."""


class Connection(Protocol):
    """One connection, from its opening to its end. Used by one thread."""

    def turn(self, wait_s: float) -> None:
        """Hear what has come, waiting at most about `wait_s` for it. Raises `LinkError` at the end."""
        ...

    def close(self) -> None: ...


class Link:
    """Connects, listens, and comes back after every loss."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        values: VehicleValues,
        random: Random | None = None,
    ) -> None:
        """name: of what is at the other end, as a person would say it; connect: raises `LinkError`."""
        self.name = name
        self.connected = False
        self.last_error: str | None = None  # None while connected
        # After a connection that was lost, only a word shows that the next is better: a bus opens without a vehicle.
        self._must_hear = False
        self._connect = connect
        self._values = values
        self._back_off = BackOff(_BACK_OFF, random or Random())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vigil-vehicle", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._connect_and_listen()
            except LinkError as error:
                self._lost(str(error))
            except Exception as error:  # noqa: BLE001 - logged, told as trouble
                _log.exception("vehicle: an error nobody foresaw")
                self._lost(f"{self.name}: {type(error).__name__}: {error}; please report this")
            self._stop.wait(self._back_off.next_s())

    def _connect_and_listen(self) -> None:
        must_hear, self._must_hear = self._must_hear, False
        connection = self._connect()
        try:
            if not must_hear:
                self._well()
            self._must_hear = True
            told = self._values.told
            turns = 0
            while not self._stop.is_set():
                connection.turn(_TURN_S)
                if must_hear and self._values.told != told:
                    must_hear = False
                    self._well()
                turns += 1
                if turns == _STABLE_TURNS:
                    self._back_off.reset()
        finally:
            connection.close()

    def _well(self) -> None:
        if self.last_error is not None:
            _log.warning("vehicle: %s is there again", self.name)
        self.connected, self.last_error = True, None

    def _lost(self, sentence: str) -> None:
        self.connected = False
        self._values.forget()
        if sentence != self.last_error and not self._stop.is_set():
            _log.warning("vehicle: %s", sentence)
        self.last_error = sentence


class LinkedProvider:
    """What one link hears."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        values: VehicleValues,
        *,
        silence_hint: str,
    ) -> None:
        """silence_hint: what to look at where there is a connection but no word."""
        self._values = values
        self._silence_hint = silence_hint
        self._quiet_s = max(_QUIET_S, values.longest_kept_s)
        self._link = Link(name, connect, values)

    def read(self, t_s: float) -> VehicleState:
        return self._values.state()

    def trouble(self) -> str | None:
        """Why nothing is heard, as one sentence; None while something is, and while it may still come."""
        if self._link.last_error is not None:
            return self._link.last_error
        return self._silence() if self._values.silent_s() > self._quiet_s else None

    def trouble_after(self, wait_s: float) -> str | None:
        """The same, when a first word has been waited for: for a check, not for the loop."""
        heard = self._values.wait_heard(wait_s)
        return self.trouble() if heard else self._link.last_error or self._silence()

    def _silence(self) -> str:
        return f"{self._link.name}: tells nothing; {self._silence_hint}"

    def close(self) -> None:
        self._link.close()
        self._values.forget()
