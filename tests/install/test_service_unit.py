"""The unit as systemd itself reads it: no line it does not know, and as little as can be seen of the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from edge_app.configuration.load import profile_names
from edge_app.service.settings import ServiceSettings
from firmware_configs.install.device import Device
from firmware_configs.install.service_unit import template, vigil_service
from tests.install.conftest import Install

PROJECT = Path(__file__).resolve().parents[2]
# As docs/install-unit.md states. On a Jetson the camera's daemon is reached through the machine's /tmp.
EXPOSURE = dict.fromkeys(profile_names(), 2.1) | {"jetson_orin_nano": 2.3}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing"
)


def unit(profile: str, *, runtime: str = "auto", systemd: int | None = None) -> str:
    return vigil_service(Device(profile, ""), sys.executable, "daemon", runtime, systemd)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )


@needs_systemd
@pytest.mark.parametrize("profile", profile_names())
def test_systemd_knows_every_line(profile: str, tmp_path: Path) -> None:
    for name, text in {
        "vigil.service": unit(profile),
        "vigil-ignition.service": template("vigil-ignition.service").replace(
            "/opt/vigil/ignition.sh", "/bin/true"
        ),
    }.items():
        (tmp_path / name).write_text(text)
        told = analyze("verify", "--man=no", str(tmp_path / name))
        assert [line for line in told.stderr.splitlines() if name in line] == []


@needs_systemd
@pytest.mark.parametrize("profile", profile_names())
def test_exposure_is_what_the_documentation_states(profile: str, tmp_path: Path) -> None:
    file = tmp_path / "vigil.service"
    file.write_text(unit(profile))
    told = analyze("security", "--offline=yes", "--no-pager", str(file))
    found = re.search(r"Overall exposure level for vigil.service: ([\d.]+)", told.stdout)
    assert found, told.stderr
    assert float(found[1]) <= EXPOSURE[profile]
    documentation = (PROJECT / "docs" / "install-unit.md").read_text(encoding="utf-8")
    assert f"{EXPOSURE[profile]}" in documentation


def test_no_placeholder_is_left() -> None:
    for profile in profile_names():
        assert not re.search(r"@[A-Z_]+@", unit(profile, systemd=257))


def test_growing_waits_only_where_systemd_knows_them() -> None:
    assert "RestartSteps=5\nRestartMaxDelaySec=30\n" in unit("x86_64", systemd=254)
    assert "RestartSteps" not in unit("x86_64", systemd=252)
    assert "RestartSteps" not in unit("x86_64", systemd=None)


def test_openvino_may_write_its_kernels_and_nothing_else_may() -> None:
    assert "MemoryDenyWriteExecute=yes" in unit("raspberry_pi_5")
    assert "MemoryDenyWriteExecute=no" in unit("x86_64", runtime="openvino")


def test_watchdog_waits_longer_than_the_program_waits_for_itself() -> None:
    period = re.search(r"^WatchdogSec=(\d+)$", unit("x86_64"), re.MULTILINE)
    assert period and float(period[1]) > ServiceSettings().stall_longest_s


def test_unit_never_gives_up() -> None:
    lines = unit("x86_64").splitlines()
    assert {"StartLimitIntervalSec=0", "Restart=always", "Type=notify"} <= set(lines)


def test_runtime_of_the_settings_reaches_the_unit(
    install: Install, image: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given.yaml"
    given.write_text(yaml.safe_dump({"perception": {"runtime": "openvino"}}))
    assert install("--config", str(given)).returncode == 0
    assert "MemoryDenyWriteExecute=no" in (image / "etc/systemd/system/vigil.service").read_text()
