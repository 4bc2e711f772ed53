"""`scripts/check-arm64` without network and without qemu: what it makes of options, requirements and answers."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "scripts" / "check-arm64"


@pytest.fixture(scope="module", name="parts")
def _parts() -> dict[str, ModuleType]:
    folder = str(SCRIPT.with_name("check-arm64-parts"))
    sys.path.insert(0, folder)
    try:
        names = ("vehicle_wheels", "answer_differences", "arm64_root")
        return {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(folder)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_the_exit_codes_and_the_parts() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("wheels", "student", "Exit code", "--glibc", "--processor"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--python", "3.9"], "3.9"),
        (["--glibc", "2.5"], "2.5"),
        (["--glibc", "musl"], "musl"),
        (["--frames", "0"], "1 or more"),
        (["--processor", "z80"], "z80"),
        (["everything"], "everything"),
    ],
)
def test_options_that_mean_nothing_end_with_2_and_name_the_value(
    arguments: list[str], word: str
) -> None:
    done = run("student", *arguments) if arguments[0] != "everything" else run(*arguments)
    assert done.returncode == 2
    assert word in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def test_without_qemu_the_student_is_left_out_with_a_word(tmp_path: Path) -> None:
    done = run("student", "--folder", str(tmp_path / "arm64"), PATH=str(tmp_path))
    assert done.returncode == 0
    assert "qemu-aarch64" in done.stdout
    assert not (tmp_path / "arm64").exists()


def test_without_apt_no_root_is_begun(tmp_path: Path) -> None:
    qemu = tmp_path / "qemu-aarch64"
    qemu.write_text("#!/bin/sh\n")
    qemu.chmod(0o755)
    done = run("student", "--folder", str(tmp_path / "arm64"), PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("check-arm64: apt-get is not here")
    assert not (tmp_path / "arm64").exists()


class Shelf:
    """Wheels that are there, by name; what is asked for is remembered."""

    def __init__(self, wheels: Mapping[str, Any]) -> None:
        self._wheels = wheels
        self.asked: list[str] = []

    def __call__(self, requirements: Sequence[Any]) -> Mapping[str, Any]:
        names = [str(requirement.name).lower() for requirement in requirements]
        self.asked += names
        return {name: self._wheels[name] for name in names if name in self._wheels}


def test_markers_are_read_for_the_board_and_not_for_this_machine(
    parts: dict[str, ModuleType],
) -> None:
    wheels = parts["vehicle_wheels"]
    requires = (
        "for-arm; platform_machine == 'aarch64'",
        "for-pc; platform_machine == 'x86_64'",
        "backport; python_full_version < '3.11.3'",
        "newer; python_version >= '3.12'",
    )
    there = wheels.Wheel("1.0", "it-1.0-py3-none-any.whl", ())
    shelf = Shelf(
        {
            "top": wheels.Wheel("1.0", "top-1.0-py3-none-any.whl", requires),
            "for-arm": there,
            "backport": there,
        }
    )
    found = wheels.resolved(["top"], wheels.Board("3.11", 35), {}, shelf)
    assert set(found.wheels) == {"top", "for-arm", "backport"}
    assert found.complete


def test_an_extra_of_a_package_met_before_is_followed_too(parts: dict[str, ModuleType]) -> None:
    wheels = parts["vehicle_wheels"]
    shelf = Shelf(
        {
            "signer": wheels.Wheel(
                "1.6", "signer-1.6-py3-none-any.whl", ("keys; extra == 'crypto'",)
            ),
            "updater": wheels.Wheel("7", "updater-7-py3-none-any.whl", ("signer[crypto]>=1",)),
            "keys": wheels.Wheel("2", "keys-2-cp311-abi3-manylinux_2_28_aarch64.whl", ()),
        }
    )
    found = wheels.resolved(["signer", "updater"], wheels.Board("3.11", 35), {}, shelf)
    assert found.wheels["keys"].native
    assert shelf.asked.count("signer") == 1


def test_a_package_without_a_wheel_is_missing_and_the_rest_goes_on(
    parts: dict[str, ModuleType],
) -> None:
    wheels = parts["vehicle_wheels"]
    shelf = Shelf({"there": wheels.Wheel("1", "there-1-py3-none-any.whl", ())})
    found = wheels.resolved(["absent", "there"], wheels.Board("3.11", 35), {"there": "1"}, shelf)
    assert found.missing == ["absent"]
    assert found.wheels["there"] is not None
    assert found.unpinned == ("absent",)
    assert not found.complete


@pytest.mark.parametrize(
    ("wanted", "requires_python", "word"),
    [("there>=2", "", "asks for there>=2"), ("there", "<3.11", "asks for Python <3.11")],
)
def test_a_pin_that_does_not_fit_is_a_conflict(
    parts: dict[str, ModuleType], wanted: str, requires_python: str, word: str
) -> None:
    wheels = parts["vehicle_wheels"]
    wheel = wheels.Wheel("1.0", "there-1.0-py3-none-any.whl", (), requires_python)
    found = wheels.resolved([wanted], wheels.Board("3.11", 35), {}, Shelf({"there": wheel}))
    assert not found.complete
    assert word in found.conflicts[0]


def test_wheels_for_a_newer_c_library_are_not_asked_for(parts: dict[str, ModuleType]) -> None:
    platforms = parts["vehicle_wheels"].Board("3.11", 28).platforms
    assert platforms[0] == "manylinux_2_28_aarch64"
    assert {"manylinux_2_17_aarch64", "manylinux2014_aarch64"} <= set(platforms)
    assert "manylinux_2_34_aarch64" not in platforms


@pytest.mark.parametrize("path", sorted((PROJECT / "constraints").glob("*.txt")), ids=str)
def test_pins_are_read_from_every_file_of_constraints(
    parts: dict[str, ModuleType], path: Path
) -> None:
    pins = parts["vehicle_wheels"].read_pins(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(pins) == sum("==" in line and not line.startswith("#") for line in lines)


def test_an_emulated_board_tells_of_each_core_as_linux_on_arm_does(
    parts: dict[str, ModuleType],
) -> None:
    processors = {one.name: one for one in parts["arm64_root"].PROCESSORS}
    told = processors["cortex-a76"].cpuinfo(4)
    assert told.count("processor\t: ") == 4
    assert told.count("CPU part\t: 0xd0b") == 4
    assert "asimddp" in told
    assert "asimddp" not in processors["cortex-a72"].cpuinfo(4)


def judged(parts: dict[str, ModuleType], name: str, ours: float, theirs: float) -> bool:
    found = parts["answer_differences"].differences(
        {name: np.array([ours])}, {name: np.array([theirs])}
    )
    assert len(found) == 1
    return bool(found[0].within)


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "within"),
    [
        ("face-float32.tflite/0/gaze", 1.0, 1.0 + 5e-6, True),
        ("face-float32.tflite/0/gaze", 1.0, 1.0 + 5e-5, False),
        ("blinks-float32.tflite/0/logits", 70.0, 70.0005, True),  # a share of what is large
        ("detector-int8.tflite/0/box", 1.0, 1.005, True),
        ("detector-int8.tflite/0/box", 1.0, 1.05, False),
        ("student/3/landmarks_px", 100.0, 100.9, True),
        ("student/3/landmarks_px", 100.0, 101.1, False),
        ("student/3/eye_openness", 0.50, 0.51, True),
        ("student/3/eye_openness", 0.50, 0.53, False),
        ("one_place/3/eye_openness", 0.50, 0.51, False),
        ("decided/3/eyes_closed", 1.0, 1.0, True),
        ("decided/3/eyes_closed", 1.0, 0.0, False),
        ("student/3/eye_openness", 0.5, float("nan"), False),
    ],
)
def test_answers_are_held_against_what_is_tolerated(
    parts: dict[str, ModuleType], name: str, ours: float, theirs: float, within: bool
) -> None:
    assert judged(parts, name, ours, theirs) is within


def test_the_worst_frame_counts_and_equal_ones_are_counted(parts: dict[str, ModuleType]) -> None:
    ours = {f"student/{frame}/smile": np.array([0.5]) for frame in range(3)}
    theirs = {**ours, "student/1/smile": np.array([0.51])}
    (found,) = parts["answer_differences"].differences(ours, theirs)
    assert (found.count, found.equal_count) == (3, 2)
    assert found.largest == pytest.approx(0.01)


@pytest.mark.parametrize("lacking", ["ours", "theirs"])
def test_an_answer_of_one_side_alone_differs(parts: dict[str, ModuleType], lacking: str) -> None:
    row = {"decided/0/faces": np.array([1.0])}
    sides = (row, {}) if lacking == "theirs" else ({}, row)
    (found,) = parts["answer_differences"].differences(*sides)
    assert not found.within
