"""Speed and engine speed, asked of the vehicle through an ELM327 reader: text over a serial port.

Its commands are those of the chip's data sheet that copies of it know too. The reader finds the vehicle's protocol by
itself; where the vehicle does not answer, it is left alone for a growing wait.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

from edge_app.errors import UserError
from edge_app.vehicle.bus_settings import Elm327ProviderSettings
from edge_app.vehicle.can_bus import INSTALL
from edge_app.vehicle.link import LinkedProvider, LinkError
from edge_app.vehicle.obd_answers import (
    CURRENT_DATA,
    UNANSWERED,
    obd_values,
    question,
    take_answer,
)
from edge_app.vehicle.values import VehicleValues

_PROMPT = b">"
_READ_S = 0.05
_ANSWER_S = 2.0
_SEARCH_S = 12.0  # the first question tries all protocols
_LONGEST = 4096
# Echo, line feeds, spaces and headers off; then whichever protocol the vehicle speaks.
_SETUP = ("ATE0", "ATL0", "ATS0", "ATH0", "ATSP0")
_ANSWER_LINE = re.compile(r"41(?:[0-9A-F]{2}){2,5}")


class _Elm327Connection:
    def __init__(
        self,
        settings: Elm327ProviderSettings,
        values: VehicleValues,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import serial  # type: ignore[import-untyped,unused-ignore]

        self._settings = settings
        self._values = values
        self._clock = clock
        self._name = reader_name(settings)
        self._asked = self._unanswered = 0
        try:
            self._port = serial.Serial(
                settings.port, settings.baud_rate, timeout=_READ_S, write_timeout=1.0
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise LinkError(
                f"{self._name}: cannot be opened ({_why(error)}); is it plugged in, is"
                " vehicle.provider.port right, may this user open it?"
            ) from error
        try:
            self._set_up()
        except LinkError:
            self.close()
            raise

    def turn(self, wait_s: float) -> None:
        """One question, and a rest until the next is due."""
        began_s = self._clock()
        what = question(self._asked)
        lines = self._say(f"{CURRENT_DATA:02X}{what:02X}", _ANSWER_S if self._asked else _SEARCH_S)
        self._asked += 1
        answered = [
            take_answer(bytes.fromhex(line), self._values)
            for line in ("".join(line.split()) for line in lines)
            if _ANSWER_LINE.fullmatch(line)
        ]
        self._unanswered = 0 if any(answered) else self._unanswered + 1
        if self._unanswered >= UNANSWERED:
            said = lines[-1].lower() if lines else "nothing"
            raise LinkError(
                f"{self._name}: the vehicle does not answer (the reader says {said}); is the"
                " ignition on?"
            )
        rest_s = self._settings.ask_every_s - (self._clock() - began_s)
        if rest_s > 0:
            time.sleep(rest_s)

    def _set_up(self) -> None:
        greeting = self._say("ATZ", _ANSWER_S)
        if not any("ELM" in line for line in greeting):
            raise LinkError(
                f"{self._name}: answers nothing that it should; is it an ELM327, is"
                " vehicle.provider.baud_rate right?"
            )
        for command in _SETUP:
            self._say(command, _ANSWER_S)

    def _say(self, command: str, timeout_s: float) -> list[str]:
        """The lines that come before the next prompt. Raises `LinkError` where none comes."""
        try:
            self._port.reset_input_buffer()
            self._port.write(f"{command}\r".encode())
            heard = b""
            end_s = self._clock() + timeout_s
            while _PROMPT not in heard:
                if self._clock() > end_s or len(heard) > _LONGEST:
                    raise LinkError(
                        f"{self._name}: answers nothing that it should; is it an ELM327, is"
                        " vehicle.provider.baud_rate right?"
                    )
                heard += self._port.read(max(1, self._port.in_waiting))
        except OSError as error:
            raise LinkError(f"{self._name}: was lost ({_why(error)}); is it plugged in?") from error
        text = heard.partition(_PROMPT)[0].replace(b"\0", b"").decode("ascii", "replace")
        return [line.strip().upper() for line in re.split(r"[\r\n]", text) if line.strip()]

    def close(self) -> None:
        self._port.close()


def reader_name(settings: Elm327ProviderSettings) -> str:
    return f"elm327 at {settings.port}"


def _why(error: Exception) -> str:
    if (
        isinstance(error, OSError) and error.errno
    ):  # pyserial's own words name the port and the number again
        return os.strerror(error.errno).lower()
    return " ".join(str(error).split())[:160] or type(error).__name__


def open_provider(
    settings: Elm327ProviderSettings, source: tuple[str, str] | None
) -> LinkedProvider:
    try:
        import serial  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UserError(f"vehicle.provider: pyserial is not installed; {INSTALL}") from error
    values = obd_values(settings.stale_after_s, settings.ask_every_s)
    return LinkedProvider(
        reader_name(settings),
        lambda: _Elm327Connection(settings, values),
        values,
        silence_hint="is the ignition on?",
    )
