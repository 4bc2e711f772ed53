"""Alerts as tones through ALSA: a WAV file for each level, made at start, played by `aplay` in a process of its own.

A player that hangs in a driver hangs alone: it is killed when the voice changes.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from edge_app.alerts.cabin_settings import SoundOutputSettings
from edge_app.alerts.event import ActiveAlert, Level
from edge_app.alerts.outputs.output import OutputError
from edge_app.alerts.outputs.patterns import PATTERNS
from edge_app.alerts.outputs.tones import write_wav


class SoundOutput:
    """Plays the pattern of the level, again and again where the pattern says so."""

    def __init__(self, settings: SoundOutputSettings) -> None:
        player = shutil.which(settings.player)
        if player is None:
            raise OutputError(
                f"sound: the player {settings.player} is not installed; install ALSA's tools"
                " (`apt install alsa-utils`) or set the output's `player`."
            )
        self._folder = TemporaryDirectory(prefix="vigil-tones-")
        self._complaints = Path(self._folder.name) / "player.txt"
        self._command = [player, "-q", "-D", settings.device]
        for level, pattern in PATTERNS.items():
            write_wav(self._tones(level), pattern, settings.volume)
        self._level: Level | None = None
        self._next_start_s: float | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def show(self, voice: ActiveAlert | None) -> None:
        self._stop()
        self._level = None if voice is None or voice.acknowledged else voice.level
        if self._level is not None:
            self._start(self._level)
            self._next_start_s = PATTERNS[self._level].repeat_s

    def sustain(self, held_s: float) -> None:
        if self._process is None or self._level is None or self._process.poll() is None:
            return
        if self._process.returncode != 0:
            self._process = None
            raise OutputError(f"sound: {self._complaint()}; choose a device from `aplay -L`.")
        repeat_s = PATTERNS[self._level].repeat_s
        if repeat_s is not None and self._next_start_s is not None and held_s >= self._next_start_s:
            self._start(self._level)
            # The device's clock may be slower than ours: never fall behind by more than one group.
            self._next_start_s = max(self._next_start_s, held_s - repeat_s) + repeat_s

    def close(self) -> None:
        self._level = None
        self._stop()
        self._folder.cleanup()

    def _start(self, level: Level) -> None:
        with self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                [*self._command, str(self._tones(level))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            )

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        try:
            # Bounded: a player stuck in a driver cannot be reaped, and must not hold up the next alert.
            self._process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._process = None

    def _tones(self, level: Level) -> Path:
        return Path(self._folder.name) / f"{level.word}.wav"

    def _complaint(self) -> str:
        lines = self._complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "the player failed without a word"


def open_output(settings: SoundOutputSettings) -> SoundOutput:
    return SoundOutput(settings)
