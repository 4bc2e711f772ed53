"""Alerts as lines of text on standard error, coloured on a terminal."""

from __future__ import annotations

import sys
from typing import TextIO

from edge_app.alerts.cabin_settings import ConsoleOutputSettings
from edge_app.alerts.event import ActiveAlert, Level

_COLOURS = {
    Level.NOTICE: "36",
    Level.ADVICE: "34",
    Level.WARNING: "33;1",
    Level.ALARM: "31;1",
    Level.UNRESPONSIVE: "37;41;1",
}


class ConsoleOutput:
    """A line when a voice begins, changes or ends."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._spoke = False

    def show(self, voice: ActiveAlert | None) -> None:
        if voice is None:
            if self._spoke:
                self._write("quiet", None)
            self._spoke = False
            return
        self._spoke = True
        words = f"{voice.level.word.upper()} {voice.type.value}: {voice.reason}".replace("_", " ")
        self._write(words + (" (acknowledged)" if voice.acknowledged else ""), voice.level)

    def sustain(self, held_s: float) -> None:
        return

    def close(self) -> None:
        return

    def _write(self, words: str, level: Level | None) -> None:
        stream = self._stream or sys.stderr
        if level is not None and stream.isatty():
            words = f"\x1b[{_COLOURS[level]}m{words}\x1b[0m"
        stream.write(f"vigil: {words}\n")
        stream.flush()


def open_output(settings: ConsoleOutputSettings) -> ConsoleOutput:
    return ConsoleOutput()
