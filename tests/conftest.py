"""What a test may need from outside the project, where it is looked for, and the reason shown when it is absent.

A test says what it needs by a marker; `data_dir` and `face_landmarker_path` hand it the place.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
FACE_LANDMARKER = "face_landmarker.task"


def find_data() -> Path | None:
    """The folder of real clips: VIGIL_DATA, else ../shared/data beside the project."""
    place = Path(os.environ.get("VIGIL_DATA") or PROJECT.parent / "shared" / "data")
    return place if place.is_dir() else None


def find_face_landmarker() -> Path | None:
    """MediaPipe's model file: in VIGIL_MODELS, else in ../shared/models beside the project."""
    place = Path(os.environ.get("VIGIL_MODELS") or PROJECT.parent / "shared" / "models")
    file = place if place.is_file() else place / FACE_LANDMARKER
    return file if file.is_file() else None


def find_program(*names: str) -> str | None:
    """A program on the PATH or in /usr/sbin, where Debian puts servers and users' PATHs do not look."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return next((found for name in names if (found := shutil.which(name, path=search))), None)


def find_mosquitto() -> str | None:
    return find_program("mosquitto")


def find_chromium() -> str | None:
    return find_program("chromium", "chromium-browser", "google-chrome")


def find_time() -> bool | None:
    """Minutes to spare: where VIGIL_SLOW says so, or beside the real clips, where changes are checked."""
    return True if os.environ.get("VIGIL_SLOW") or find_data() is not None else None


NEEDS = {
    "slow": (find_time, "slow: set VIGIL_SLOW=1 to run it"),
    "real_data": (find_data, "no real clips: set VIGIL_DATA to their folder"),
    "mediapipe_model": (
        find_face_landmarker,
        f"no {FACE_LANDMARKER}: run `vigil models fetch mediapipe` and set VIGIL_MODELS to its folder",
    ),
    "mosquitto": (find_mosquitto, "no mosquitto: install it from the system's packages"),
    "chromium": (find_chromium, "no Chromium browser on the PATH"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {marker: reason for marker, (find, reason) in NEEDS.items() if find() is None}
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real clips; for tests marked `real_data`."""
    place = find_data()
    assert place is not None, "a test that uses data_dir carries the marker real_data"
    return place


@pytest.fixture(scope="session")
def face_landmarker_path() -> Path:
    """MediaPipe's face_landmarker.task; for tests marked `mediapipe_model`."""
    file = find_face_landmarker()
    assert file is not None, (
        "a test that uses face_landmarker_path carries the marker mediapipe_model"
    )
    return file


@pytest.fixture(scope="session")
def mosquitto_path() -> str:
    """A real Mosquitto; for tests marked `mosquitto`."""
    program = find_mosquitto()
    assert program is not None, "a test that uses mosquitto_path carries the marker mosquitto"
    return program


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium browser; for tests marked `chromium`."""
    program = find_chromium()
    assert program is not None, "a test that uses chromium_path carries the marker chromium"
    return program
