"""The first start of an image: what cloud-init is told is read as it reads it, and run as far as it runs here."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
USER_DATA = PROJECT / "firmware_configs" / "cloud_init" / "user-data"
SCRIPT = "/opt/vigil/first-start.sh"


@pytest.fixture
def told() -> dict[str, Any]:
    text = USER_DATA.read_text(encoding="utf-8")
    assert text.startswith("#cloud-config\n")
    content = yaml.safe_load(text)
    assert isinstance(content, dict)
    return content


def script(told: dict[str, Any]) -> str:
    (file,) = told["write_files"]
    assert (file["path"], file["permissions"]) == (SCRIPT, "0755")
    return str(file["content"])


def test_script_that_is_written_is_the_one_that_is_run(told: dict[str, Any]) -> None:
    assert told["runcmd"] == [[SCRIPT]]
    checked = subprocess.run(["sh", "-n"], input=script(told), text=True, check=False)
    assert checked.returncode == 0


def test_packages_bring_what_the_script_needs(told: dict[str, Any]) -> None:
    assert {"python3-venv", "python3-picamera2"} <= set(told["packages"])


def test_script_installs_the_wheel_beside_the_systems_numpy_and_sets_the_unit_up(
    told: dict[str, Any], tmp_path: Path
) -> None:
    """With a Python that notes what it is asked, in folders of its own."""
    boot, opt = tmp_path / "boot", tmp_path / "opt"
    boot.mkdir()
    opt.mkdir()
    (boot / "vigil-1.whl").touch()
    (boot / "vigil.yaml").touch()
    (boot / "constraints.txt").write_text("numpy==9.9\nscipy==1\n")
    noted = tmp_path / "noted"
    python = tmp_path / "python3"
    python.write_text(
        f'#!/bin/sh\necho "python3 $*" >> {noted}\n[ "$1" = -c ] && echo 1.24.2\n'
        f'if [ "$2" = venv ]; then mkdir -p "$4/bin"; for each in pip vigil; do'
        f' cp {python} "$4/bin/$each"; sed -i "s/python3 /$each /" "$4/bin/$each"; done; fi; exit 0\n'
    )
    python.chmod(0o755)
    text = script(told).replace("/boot/firmware/vigil", str(boot)).replace("/opt/vigil", str(opt))
    ran = subprocess.run(
        ["sh"],
        input=text.replace("/usr/bin/python3", str(python)),
        text=True,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (opt / "constraints.txt").read_text() == "numpy==1.24.2\nscipy==1\n"
    assert noted.read_text().splitlines()[1:] == [
        f"python3 -m venv --system-site-packages {opt}/first",
        f"pip install -q -c {opt}/constraints.txt {boot}/vigil-1.whl",
        f"vigil install --config {boot}/vigil.yaml",
    ]
