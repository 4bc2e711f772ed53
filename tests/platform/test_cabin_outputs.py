"""Each output on its own: real processes for sound, gpiozero's own mock pins for buzzer and light."""

from __future__ import annotations

import io
import shutil
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_app.alerts.acknowledge_button import AcknowledgeButton
from edge_app.alerts.cabin_settings import (
    GpioBuzzerOutputSettings,
    GpioLightOutputSettings,
    SoundOutputSettings,
)
from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.alerts.outputs.console import ConsoleOutput
from edge_app.alerts.outputs.gpio_buzzer import GpioBuzzerOutput
from edge_app.alerts.outputs.gpio_light import GpioLightOutput
from edge_app.alerts.outputs.output import OutputError
from edge_app.alerts.outputs.patterns import PATTERNS
from edge_app.alerts.outputs.sound import SoundOutput
from edge_app.alerts.outputs.tones import SAMPLE_RATE_HZ, write_wav


def alert(level: Level, acknowledged: bool = False) -> ActiveAlert:
    return ActiveAlert(EventType.SLEEP, level, 3.0, "eyes_closed", acknowledged)


def eventually(condition: Callable[[], bool], within_s: float = 3.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


@pytest.fixture
def pins():
    gpiozero = pytest.importorskip("gpiozero", reason="no gpiozero: install the extra dev or pi")
    from gpiozero.pins.mock import MockFactory

    before = gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory = MockFactory()
    yield gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory.reset()
    gpiozero.Device.pin_factory = before


@pytest.fixture
def player(tmp_path) -> Callable[[str], SoundOutput]:
    """A sound output whose player is a shell script that first notes what it is told to play."""

    def make(script: str) -> SoundOutput:
        file = tmp_path / "player"
        file.write_text(f'#!/bin/sh\necho "$4" >> {tmp_path}/played\n{script}\n')
        file.chmod(0o755)
        return SoundOutput(SoundOutputSettings(player=str(file)))

    return make


def played(tmp_path: Path) -> list[str]:
    file = tmp_path / "played"
    return [Path(line).stem for line in file.read_text().splitlines()] if file.exists() else []


def test_each_level_has_a_rhythm_of_its_own():
    assert set(PATTERNS) == set(Level)
    assert len({str(pattern) for pattern in PATTERNS.values()}) == len(Level)


def test_only_what_needs_an_answer_now_is_repeated():
    assert [level for level in Level if PATTERNS[level].repeat_s is not None] == [
        Level.WARNING,
        Level.ALARM,
        Level.UNRESPONSIVE,
    ]
    for pattern in PATTERNS.values():
        assert pattern.repeat_s is None or pattern.duration_s <= pattern.repeat_s


def test_louder_levels_sound_for_a_larger_share_of_time():
    def share(level: Level) -> float:
        return float(np.mean([PATTERNS[level].is_on(t) for t in np.arange(0, 10, 0.01)]))

    shares = [share(level) for level in Level]
    assert shares == sorted(shares)


@pytest.mark.parametrize("level", list(Level))
def test_tones_are_as_long_and_as_loud_as_asked_and_begin_without_a_click(level, tmp_path):
    write_wav(tmp_path / "x.wav", PATTERNS[level], volume=0.5)
    with wave.open(str(tmp_path / "x.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32_768
    assert len(samples) / SAMPLE_RATE_HZ == pytest.approx(PATTERNS[level].duration_s, abs=0.01)
    assert 0.3 < np.abs(samples).max() <= 0.5
    assert abs(samples[0]) < 0.01
    spectrum = np.abs(np.fft.rfft(samples[: int(PATTERNS[level].beep_s * SAMPLE_RATE_HZ)]))
    pitch_hz = spectrum.argmax() * SAMPLE_RATE_HZ / int(PATTERNS[level].beep_s * SAMPLE_RATE_HZ)
    assert pitch_hz == pytest.approx(PATTERNS[level].tones_hz[0], abs=10)


def test_console_tells_level_type_and_reason_and_when_it_ends():
    stream = io.StringIO()
    console = ConsoleOutput(stream)
    console.show(None)
    console.show(alert(Level.ALARM))
    console.show(alert(Level.ALARM, acknowledged=True))
    console.show(None)
    console.show(None)
    assert stream.getvalue().splitlines() == [
        "vigil: ALARM sleep: eyes closed",
        "vigil: ALARM sleep: eyes closed (acknowledged)",
        "vigil: quiet",
    ]


def test_sound_plays_the_levels_tones_and_repeats_while_the_alert_is_held(player, tmp_path):
    sound = player("exit 0")
    try:
        sound.show(alert(Level.WARNING))
        assert eventually(lambda: played(tmp_path) == ["warning"])
        time.sleep(0.05)
        repeat_s = PATTERNS[Level.WARNING].repeat_s
        sound.sustain(repeat_s - 0.1)
        time.sleep(0.05)
        assert played(tmp_path) == ["warning"]
        sound.sustain(repeat_s)
        assert eventually(lambda: played(tmp_path) == ["warning", "warning"])
    finally:
        sound.close()


def test_advice_sounds_once(player, tmp_path):
    sound = player("exit 0")
    try:
        sound.show(alert(Level.ADVICE))
        assert eventually(lambda: played(tmp_path) == ["advice"])
        for held_s in (0.5, 2.0, 60.0):
            time.sleep(0.02)
            sound.sustain(held_s)
        time.sleep(0.05)
        assert played(tmp_path) == ["advice"]
    finally:
        sound.close()


@pytest.mark.parametrize("then", [None, alert(Level.WARNING, acknowledged=True)])
def test_player_is_stopped_at_once_when_the_alert_ends_or_is_acknowledged(player, tmp_path, then):
    sound = player(f"echo $$ > {tmp_path}/pid\nexec sleep 30")
    try:
        sound.show(alert(Level.WARNING))
        assert eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        process = Path("/proc") / (tmp_path / "pid").read_text().strip()
        assert process.exists()
        began = time.perf_counter()
        sound.show(then)
        assert time.perf_counter() - began < 0.2
        assert not process.exists()
    finally:
        sound.close()


def test_playing_never_blocks(player):
    sound = player("exec sleep 30")
    try:
        began = time.perf_counter()
        sound.show(alert(Level.WARNING))
        sound.sustain(5.0)
        assert time.perf_counter() - began < 0.2
    finally:
        sound.close()


def test_player_that_fails_is_one_sentence_with_its_last_words(player):
    sound = player("echo 'audio open error: no such card' >&2\nexit 1")
    try:
        sound.show(alert(Level.ALARM))

        def fails() -> bool:
            try:
                sound.sustain(0.1)
            except OutputError as error:
                return "no such card; choose a device" in str(error)
            return False

        assert eventually(fails)
    finally:
        sound.close()


@pytest.mark.skipif(shutil.which("aplay") is None, reason="no aplay: install alsa-utils")
def test_real_aplay_plays_the_alarm_through_alsa(tmp_path):
    raw = tmp_path / "heard.raw"
    sound = SoundOutput(SoundOutputSettings(device=f"file:'{raw}',raw", volume=1.0))
    try:
        sound.show(alert(Level.ALARM))
        expected = round(PATTERNS[Level.ALARM].duration_s * SAMPLE_RATE_HZ) * 2
        assert eventually(lambda: raw.exists() and raw.stat().st_size >= expected)
        heard = np.frombuffer(raw.read_bytes()[: expected // 2 * 2], dtype="<i2")
        assert np.abs(heard).max() > 20_000
    finally:
        sound.close()


@pytest.mark.skipif(shutil.which("aplay") is None, reason="no aplay: install alsa-utils")
def test_real_aplay_without_such_a_card_is_one_sentence():
    sound = SoundOutput(SoundOutputSettings(device="hw:97"))
    try:
        sound.show(alert(Level.ALARM))
        with pytest.raises(OutputError, match="choose a device from `aplay -L`"):
            for _ in range(200):
                time.sleep(0.01)
                sound.sustain(0.1)
    finally:
        sound.close()


def test_buzzer_sounds_in_the_pattern_and_is_off_at_the_end(pins):
    buzzer = GpioBuzzerOutput(GpioBuzzerOutputSettings(pin=18))
    pin = pins.pin(18)
    assert pin.state == 0
    buzzer.show(alert(Level.WARNING))
    pattern = PATTERNS[Level.WARNING]
    for held_s in np.arange(0.0, 5.0, 0.02):
        buzzer.sustain(float(held_s))
        assert bool(pin.state) == pattern.is_on(float(held_s))
    buzzer.show(alert(Level.WARNING, acknowledged=True))
    assert pin.state == 0
    buzzer.show(alert(Level.UNRESPONSIVE))
    assert pin.state == 1
    buzzer.show(None)
    assert pin.state == 0
    buzzer.close()


def test_active_low_buzzer_is_silent_at_a_high_level(pins):
    buzzer = GpioBuzzerOutput(GpioBuzzerOutputSettings(pin=18, active_high=False))
    assert pins.pin(18).state == 1
    buzzer.show(alert(Level.ALARM))
    assert pins.pin(18).state == 0
    buzzer.close()


def test_light_stays_on_after_the_pattern_of_advice_and_when_acknowledged(pins):
    light = GpioLightOutput(GpioLightOutputSettings(pin=23))
    pin = pins.pin(23)
    light.show(alert(Level.ADVICE))
    light.sustain(60.0)
    assert pin.state == 1
    light.show(alert(Level.WARNING, acknowledged=True))
    for held_s in np.arange(0.0, 4.0, 0.02):
        light.sustain(float(held_s))
        assert pin.state == 1
    light.show(None)
    assert pin.state == 0
    light.close()


def test_pin_held_by_another_output_is_one_sentence(pins):
    buzzer = GpioBuzzerOutput(GpioBuzzerOutputSettings(pin=18))
    with pytest.raises(OutputError, match="GPIO 18 cannot be used") as caught:
        GpioLightOutput(GpioLightOutputSettings(pin=18))
    assert "\n" not in str(caught.value)
    buzzer.close()


def test_machine_without_gpio_is_one_sentence(monkeypatch):
    gpiozero = pytest.importorskip("gpiozero", reason="no gpiozero: install the extra dev or pi")
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has GPIO")
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    with pytest.raises(OutputError, match="gpio_buzzer: GPIO 18 cannot be used"):
        GpioBuzzerOutput(GpioBuzzerOutputSettings(pin=18))


def test_button_press_acknowledges(pins):
    presses: list[int] = []
    button = AcknowledgeButton(17, lambda: presses.append(1), bounce_s=0.0)
    pin = pins.pin(17)
    pin.drive_low()
    pin.drive_high()
    pin.drive_low()
    assert len(presses) == 2
    button.close()
    button.close()
