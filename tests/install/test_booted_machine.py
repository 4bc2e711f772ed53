"""`vigil install` on a machine that runs systemd, booted in namespaces of its own; its service is the real program.

Takes two minutes and root, so it is asked for: `VIGIL_BOOT=1 python -m pytest tests/install/test_booted_machine.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SYSTEM_PYTHON = "/usr/bin/python3"

pytestmark = [
    pytest.mark.skipif(not os.environ.get("VIGIL_BOOT"), reason="VIGIL_BOOT is not set"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not Path("/lib/systemd/systemd").exists(),
        reason="needs root and systemd",
    ),
]

SETTINGS = """\
profile: x86_64
camera:
  source: sim:drowsy_evening
cabin:
  outputs:
    - type: console
"""

# What the service's own process can see and do; run under the unit's restrictions before it starts.
PROBE = """\
import ctypes, mmap, os
from edge_app.telemetry import clock

def told(name, attempt):
    try:
        attempt()
    except OSError as error:
        print(name, error.strerror, flush=True)
    else:
        print(name, "works", flush=True)

print("user", os.getuid() != 0, flush=True)
answer = clock._ADJTIMEX(ctypes.create_string_buffer(clock.TIMEX_BYTES))
print("clock_is_asked", answer >= 0, flush=True)
told("code_at_run_time", lambda: mmap.mmap(-1, 4096, prot=7))
told("kernel_log", lambda: os.open("/dev/kmsg", os.O_RDONLY))
told("disk", lambda: os.open("/dev/loop-control", os.O_RDONLY))
told("settings_written", lambda: open("/etc/vigil/vigil.yaml", "w"))
told("state_written", lambda: open("/var/lib/vigil/probe", "w"))
told("homes", lambda: os.listdir("/root"))
"""

TRIAL = """\
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
vigil="/srv/venv/bin/python /srv/installer.py"
{python} -m venv --without-pip /srv/venv
echo "import site; site.addsitedir('{packages}')" >/srv/venv/lib/python{version}/site-packages/all.pth
printf '#!/srv/venv/bin/python\\nimport sys; sys.path.insert(0, "{project}")\\n'\\
'from edge_app.commands.main import main\\nmain()\\n' >/srv/venv/bin/vigil
chmod 755 /srv/venv/bin/vigil
cp /out/installer.py /out/probe.py /out/settings.yaml /srv
mkdir -p /etc/systemd/system/vigil.service.d
cat >/etc/systemd/system/vigil.service.d/trial.conf <<'UNIT'
[Service]
Environment=PYTHONPATH={project}
ExecStartPre=/srv/venv/bin/python /srv/probe.py
StandardOutput=append:/out/service.txt
StandardError=append:/out/service.txt
UNIT
since() {{ echo "$1_s $(awk -v from="$2" '{{ printf "%.2f", $1 - from }}' /proc/uptime)"; }}
uptime() {{ cut -d' ' -f1 /proc/uptime; }}
restarts() {{ systemctl show --property=NRestarts --value vigil; }}
active() {{ n=0; until systemctl is-active -q vigil; do n=$((n + 1)); [ $n -lt 600 ]; sleep 0.1; done; }}

$vigil install --config /srv/settings.yaml >/out/first.txt
active
systemctl show --property=StatusText vigil
process=$(systemctl show --property=MainPID --value vigil)
grep -E '^(CapEff|CapBnd|Seccomp|NoNewPrivs):' /proc/$process/status
$vigil install --config /srv/settings.yaml >/out/second.txt

kill -9 $process
from=$(uptime)
while [ $(restarts) = 0 ]; do sleep 0.05; done
since restarted "$from"
active

systemctl stop vigil; systemctl start vigil; active; sleep 2
from=$(uptime)
systemctl kill --signal=PWR vigil
while systemctl is-active -q vigil; do sleep 0.02; done
since power_failing "$from"
active

process=$(systemctl show --property=MainPID --value vigil)
before=$(restarts)
kill -STOP $process
from=$(uptime)
while [ $(restarts) = $before ]; do sleep 0.1; done
since standstill "$from"

active
cp /out/gpiomon /out/gpioget /usr/bin; chmod 755 /usr/bin/gpiomon /usr/bin/gpioget
sed -i s/POWER_OFF=yes/POWER_OFF=no/ /etc/default/vigil-ignition
echo 1 >/srv/level
systemctl start vigil-ignition; sleep 1
echo 0 >/srv/level
from=$(uptime)
while systemctl is-active -q vigil; do sleep 0.02; done
since ignition "$from"
sleep 3
echo "without ignition $(systemctl is-active vigil)"
echo 1 >/srv/level
active
echo "with ignition $(systemctl is-active vigil)"
systemctl stop vigil-ignition

$vigil install --uninstall --purge >/out/uninstall.txt
systemctl is-active vigil || true
ls -d /etc/vigil /var/lib/vigil /opt/vigil 2>/dev/null || echo gone
grep -c ^vigil: /etc/passwd || true
"""

# A line whose level stands in a file.
GPIO = {
    "gpioget": '#!/bin/sh\n[ "$1" = --version ] && echo v1.6 || cat /srv/level\n',
    "gpiomon": '#!/bin/sh\n[ "$1" = --version ] && echo v1.6 && exit\n'
    'case "$*" in *falling*) wanted=0 ;; *) wanted=1 ;; esac\n'
    'until [ "$(cat /srv/level)" = $wanted ]; do sleep 0.02; done\n',
}

# The source checkout would be installed from the network; what is tried is what happens once it is there.
INSTALLER = """\
import sys
sys.path.insert(0, {project!r})
from edge_app.commands import main
from edge_app.commands.lazy_group import LazyCommand
from firmware_configs.install import environment
environment._checkout = lambda: None
main.COMMANDS = [LazyCommand("install", "firmware_configs.install.command", "install"), main.COMMANDS[0]]
main.main()
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all that was said in a machine that lived for two minutes."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    found = subprocess.run([SYSTEM_PYTHON, "-c", asked], capture_output=True, text=True).stdout
    if found.strip() != version or shutil.which("unshare") is None:
        pytest.skip(f"needs unshare, and the system's Python to be {version}")
    work = tmp_path_factory.mktemp("boot")
    for folder in ("fs", "out"):
        (work / folder).mkdir()
    project = str(PROJECT)
    trial = TRIAL.format(
        python=SYSTEM_PYTHON,
        version=version,
        packages=sysconfig.get_path("purelib"),
        project=project,
    )
    (work / "trial.sh").write_text(trial)
    (work / "out/installer.py").write_text(INSTALLER.format(project=project))
    (work / "out/probe.py").write_text(PROBE)
    (work / "out/settings.yaml").write_text(SETTINGS)
    for name, text in GPIO.items():
        (work / "out" / name).write_text(text)
    namespaces = ["--pid", "--mount", "--uts", "--ipc", "--cgroup", "--net", "--fork"]
    script = [str(HERE / "boot_in_namespaces.sh"), str(work)]
    booted = subprocess.run(
        ["timeout", "--kill-after=5", "280", "unshare", *namespaces, "--kill-child", "sh", *script],
        capture_output=True,
        text=True,
        check=False,
    )
    if not (work / "out/trial.txt").exists():
        pytest.skip(f"this machine lets no systemd boot in namespaces: {booted.stderr[-200:]}")
    return work / "out"


def told(out: Path) -> str:
    return (out / "trial.txt").read_text()


def seconds(out: Path, name: str) -> float:
    line = next(line for line in told(out).splitlines() if line.startswith(f"{name}_s "))
    return float(line.split()[1])


def test_service_says_that_it_watches_only_once_it_does(out: Path) -> None:
    assert "StatusText=watching sim:drowsy_evening" in told(out)
    assert "started" in (out / "first.txt").read_text()


def test_second_installation_finds_everything_done_and_running(out: Path) -> None:
    second = (out / "second.txt").read_text()
    assert "unchanged  vigil.service: runs" in second
    assert second.endswith("Everything is as it should be.\n")


def test_process_has_no_privilege_and_is_filtered(out: Path) -> None:
    status = dict(line.split(":\t") for line in told(out).splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")


def test_service_sees_its_state_and_nothing_else(out: Path) -> None:
    lines = (out / "service.txt").read_text().splitlines()
    said = dict(line.split(" ", 1) for line in lines if " " in line)
    assert said["user"] == "True"
    assert said["clock_is_asked"] == "True"
    assert said["state_written"] == "works"
    for forbidden in ("code_at_run_time", "kernel_log", "disk", "settings_written", "homes"):
        assert said[forbidden] != "works", forbidden


def test_killed_process_is_started_within_two_seconds(out: Path) -> None:
    assert seconds(out, "restarted") < 2.0


def test_failing_power_ends_it_within_a_second(out: Path) -> None:
    assert seconds(out, "power_failing") < 1.0


def test_watchdog_finds_a_process_that_stands_still(out: Path) -> None:
    assert 20.0 < seconds(out, "standstill") < 35.0


def test_ignition_that_falls_ends_it_until_it_is_back(out: Path) -> None:
    assert seconds(out, "ignition") < 1.5
    lines = told(out).splitlines()
    assert "without ignition inactive" in lines
    assert "with ignition active" in lines


def test_uninstalling_stops_it_and_leaves_nothing(out: Path) -> None:
    assert told(out).splitlines()[-3:] == ["inactive", "gone", "0"]
