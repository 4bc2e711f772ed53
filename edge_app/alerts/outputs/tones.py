"""A pattern as a WAV file: sine beeps with soft edges, mono, 16 bit."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.alerts.outputs.patterns import Pattern

SAMPLE_RATE_HZ = 22_050
_EDGE_S = 0.008  # without a soft edge every beep begins with a click
_SECOND_HARMONIC = 0.3  # a little edge helps small loudspeakers to be heard


def write_wav(path: Path, pattern: Pattern, volume: float) -> None:
    """One group of `pattern`, at most as loud as `volume` (0..1)."""
    samples = np.concatenate([_beep(tone_hz, pattern) for tone_hz in pattern.tones_hz])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((samples * volume * 32_767).astype("<i2").tobytes())


def _beep(tone_hz: float, pattern: Pattern) -> NDArray[np.float64]:
    """One beep and the gap after it, -1..1: (samples,)"""
    count = round(pattern.beep_s * SAMPLE_RATE_HZ)
    phase = 2.0 * np.pi * tone_hz * np.arange(count) / SAMPLE_RATE_HZ
    tone = (np.sin(phase) + _SECOND_HARMONIC * np.sin(2.0 * phase)) / (1.0 + _SECOND_HARMONIC)
    edge = np.minimum(np.arange(count), np.arange(count)[::-1]) / (_EDGE_S * SAMPLE_RATE_HZ)
    gap = np.zeros(round(pattern.gap_s * SAMPLE_RATE_HZ))
    return np.concatenate([tone * np.clip(edge, 0.0, 1.0), gap])
