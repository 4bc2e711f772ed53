"""The watch of the ignition line, with a gpiomon and a systemctl that only note what they are told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from firmware_configs.install.service_unit import template


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """gpiomon reports an edge at once; after an odd number of edges the line is low, save in the file `dips`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    noted = tmp_path / "noted"
    noted.touch()
    version = 'if [ "$1" = --version ]; then echo "(libgpiod) $GPIOD"; exit; fi\n'
    edges = f"$(grep -c gpiomon {noted})"
    for name, does in {
        "systemctl": f'echo "systemctl $*" >> {noted}\n',
        "gpiomon": f'[ "{edges}" -lt 3 ] || exec kill -TERM $PPID\necho "gpiomon $*" >> {noted}\n',
        "gpioget": f"if [ -e {tmp_path}/dips ]; then echo 1; else echo $((({edges} + 1) % 2)); fi\n",
        "sleep": "",
    }.items():
        gpiod = version if name.startswith("gpio") else ""
        (programs / name).write_text(f"#!/bin/sh\n{gpiod}{does}")
        (programs / name).chmod(0o755)
    (tmp_path / "ignition.sh").write_text(template("ignition.sh"))
    return tmp_path


def watch(machine: Path, **settings: str) -> list[str]:
    subprocess.run(
        ["sh", str(machine / "ignition.sh")],
        env={"PATH": f"{machine / 'bin'}:{os.environ['PATH']}", "LINE": "17", **settings},
        capture_output=True,
        timeout=20,
        check=False,
    )
    return (machine / "noted").read_text().splitlines()


def test_falling_line_ends_vigil_at_once_and_switches_off(machine: Path) -> None:
    assert watch(machine, GPIOD="v1.6.3") == [
        "gpiomon --num-events=1 --silent --falling-edge gpiochip0 17",
        "systemctl kill --signal=PWR vigil.service",
        "systemctl stop vigil.service",
        "systemctl poweroff",
    ]


def test_without_switching_off_vigil_is_started_when_the_line_is_back(machine: Path) -> None:
    noted = watch(machine, GPIOD="v2.2", POWER_OFF="no", CHIP="gpiochip4")
    assert noted[:5] == [
        "gpiomon --num-events=1 --quiet --edges=falling --chip=gpiochip4 17",
        "systemctl kill --signal=PWR vigil.service",
        "systemctl stop vigil.service",
        "gpiomon --num-events=1 --quiet --edges=rising --chip=gpiochip4 17",
        "systemctl start vigil.service",
    ]


def test_starter_that_pulls_the_line_down_for_a_moment_ends_nothing(machine: Path) -> None:
    (machine / "dips").touch()
    noted = watch(machine, GPIOD="v1.6.3")
    assert noted and not any(line.startswith("systemctl") for line in noted)


def test_line_that_is_low_from_the_start_ends_vigil(machine: Path) -> None:
    (machine / "noted").write_text("gpiomon of before\n")
    assert "systemctl poweroff" in watch(machine, GPIOD="v1.6.3")[1:][-1]


def test_watch_without_a_line_says_where_to_set_it(machine: Path) -> None:
    ended = subprocess.run(
        ["sh", str(machine / "ignition.sh")],
        env={"PATH": f"{machine / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode != 0 and "/etc/default/vigil-ignition" in ended.stderr
