"""The shutter is capped in what the camera is given. The Pi's camera package is a stand-in: it runs on a Pi only."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edge_app.camera.capture_request import CaptureRequest
from edge_app.camera.exposure import cap_shutter, keep_rate, tuning_name
from edge_app.camera.picamera2 import open_source
from edge_app.camera.settings import CameraSettings

# The shape of libcamera's files for the Pi 4 (one channel) and since (several), shortened.
NORMAL = {"normal": {"shutter": [100, 10000, 30000, 60000], "gain": [1.0, 2.0, 4.0, 6.0]}}
TUNING: dict[str, Any] = {
    "version": 2.0,
    "algorithms": [
        {"rpi.black_level": {"black_level": 4096}},
        {"rpi.agc": {"exposure_modes": NORMAL}},
    ],
}
CHANNELS: dict[str, Any] = {
    "version": 2.0,
    "algorithms": [
        {"rpi.agc": {"channels": [{"exposure_modes": NORMAL}, {"exposure_modes": NORMAL}]}}
    ],
}


@pytest.mark.parametrize("tuning", [TUNING, CHANNELS, {"rpi.agc": {"exposure_modes": NORMAL}}])
def test_no_exposure_mode_is_longer_than_asked_for(tuning: dict[str, Any]) -> None:
    capped = copy.deepcopy(tuning)
    assert cap_shutter(capped, 8000)
    assert "[100, 8000, 8000, 8000]" in str(capped)
    assert "30000" not in str(capped)
    assert "[1.0, 2.0, 4.0, 6.0]" in str(capped)  # gain goes on where the shutter ends


@pytest.mark.parametrize("tuning", [{}, {"algorithms": []}, {"algorithms": [{"rpi.agc": None}]}])
def test_tuning_without_exposure_is_told(tuning: dict[str, Any]) -> None:
    assert not cap_shutter(tuning, 8000)


def test_file_is_the_one_that_libcamera_takes() -> None:
    assert tuning_name("imx708", mono=False) == "imx708.json"
    assert tuning_name("ov9281", mono=True) == "ov9281_mono.json"


class Camera:
    """As much of picamera2.Picamera2 as is called here."""

    files: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - set by each test
    arrangement = 0
    opened_with: list[Any] = []  # noqa: RUF012

    def __init__(self, number: int, tuning: Any = None) -> None:
        self.opened_with.append(tuning)
        self.camera_properties = {"ColorFilterArrangement": self.arrangement}

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": "imx296"}]

    @classmethod
    def load_tuning_file(cls, name: str) -> dict[str, Any]:
        if name not in cls.files:
            raise RuntimeError("Tuning file not found")
        return copy.deepcopy(cls.files[name])

    def create_video_configuration(self, **words: Any) -> Any:
        return words

    def configure(self, configuration: Any) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def opened_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The tuning that the camera is opened with."""
    module = ModuleType("picamera2")
    module.Picamera2 = Camera  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)

    def opened(files: dict[str, Any], arrangement: int, longest_ms: float | None = 8.0) -> Any:
        monkeypatch.setattr(Camera, "files", files)
        monkeypatch.setattr(Camera, "arrangement", arrangement)
        monkeypatch.setattr(Camera, "opened_with", [])
        open_source("0", CameraSettings(exposure_longest_ms=longest_ms)).close()
        return Camera.opened_with[-1]

    return opened


def marked(name: str) -> dict[str, Any]:
    return {**copy.deepcopy(TUNING), "target": name}


def test_camera_of_the_pi_is_opened_with_a_capped_shutter(opened_with: Callable[..., Any]) -> None:
    tuning = opened_with({"imx296.json": marked("colour")}, 0)
    assert "[100, 8000, 8000, 8000]" in str(tuning)


@pytest.mark.parametrize(("arrangement", "target"), [(0, "colour"), (5, "mono")])
def test_sensor_made_both_ways_gets_its_own_file(
    opened_with: Callable[..., Any], arrangement: int, target: str
) -> None:
    both = {"imx296.json": marked("colour"), "imx296_mono.json": marked("mono")}
    assert opened_with(both, arrangement)["target"] == target


def test_camera_is_left_alone_where_nothing_is_asked_or_known(
    opened_with: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert opened_with({"imx296.json": marked("colour")}, 0, None) is None
    assert not caplog.records
    assert opened_with({}, 0) is None
    assert "exposure_longest_ms has no effect" in caplog.text


def test_request_to_the_capture_process_carries_it() -> None:
    request = CaptureRequest("v4l2:0", 640, 480, 30.0, "auto", 8.0, 1, 15.0, 1.0, None)
    assert CaptureRequest.from_json(request.to_json()).exposure_longest_ms == 8.0


def test_what_is_no_camera_has_no_such_control(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(np.zeros(4, dtype=np.uint8).tobytes())
    assert not keep_rate(str(tmp_path / "file"))
    assert not keep_rate(str(tmp_path / "missing"))
