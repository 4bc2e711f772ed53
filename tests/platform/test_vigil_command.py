"""The real `vigil` as a process: exit codes, one sentence on standard error, help that comes at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from edge_app import __version__
from edge_app.commands.main import COMMANDS
from tests.platform.file_server import serving

ROOT = Path(__file__).parents[2]
Vigil = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path):
    """A machine with no models, no state and no settings of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIL_", "XDG_"))}
    return {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}


@pytest.fixture
def vigil(environment, tmp_path) -> Vigil:
    def vigil(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "edge_app.commands.main", *words],
            capture_output=True,
            text=True,
            timeout=60,
            env={**environment, **more},
            cwd=tmp_path,
            check=False,
        )

    return vigil


def package(folder: Path, name: str, code: str) -> dict[str, str]:
    """A package that brings the command `name`, installed in `folder`; the environment that sees it."""
    (folder / f"{name}_package.py").write_text(code)
    metadata = folder / f"{name}_package-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-package\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        f"[vigil.commands]\n{name} = {name}_package:{name}\n"
    )
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}


def test_help_names_every_command_with_what_it_does(vigil):
    done = vigil("--help")
    assert done.returncode == 0
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    for command in COMMANDS:
        assert command.name in lines
    assert "and say what to do" in " ".join(done.stdout.split())


def test_help_of_a_group_tells_each_command_without_cutting_it_short(vigil):
    told = vigil("config", "--help").stdout
    assert "Check a configuration, show what holds" in told
    assert "every mistake is named with its line." in told


def test_help_imports_nothing_heavy(environment, tmp_path):
    code = (
        "import sys\nfrom edge_app.commands.main import _exit_code\n_exit_code(['--help'], False)\n"
        "print([m for m in ('cv2','numpy','av','ai_edge_litert','pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_settings_import_nothing_heavy(environment):
    code = "import edge_app.configuration.load, sys\nprint([m for m in ('cv2','numpy','av') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"


def test_version_is_printed(vigil):
    done = vigil("--version")
    assert (done.returncode, done.stdout) == (0, f"vigil {__version__}\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["doctr"], "No such command 'doctr'"),
        (["--foo"], "No such option"),
        (["config", "check"], "Missing argument"),
        (["models", "fetch"], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2(vigil, words, complaint):
    done = vigil(*words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["check", "show"])
def test_bad_configuration_ends_with_2_and_one_sentence_for_each_mistake(vigil, tmp_path, command):
    file = tmp_path / "my.yaml"
    file.write_text("unit:\n  vehicle: 5\ncamera:\n  width_px: 3\n")
    done = vigil("config", command, str(file))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"error: {file}:2: unit.vehicle is not a known key; did you mean `vehicle_id`?",
        f"error: {file}:4: camera.width_px is 3 but must be a whole number from 64 to 7680.",
    ]
    assert done.stdout == ""


def test_missing_configuration_ends_with_2(vigil):
    done = vigil("doctor", "--config", "none.yaml")
    assert done.returncode == 2
    assert done.stderr == "error: none.yaml: there is no such configuration file.\n"


def test_good_configuration_is_told_to_be_good(vigil, tmp_path):
    (tmp_path / "my.yaml").write_text("profile: x86_64\n")
    done = vigil("config", "check", "my.yaml")
    assert (done.returncode, done.stdout) == (0, "my.yaml: ok\n")


def test_shown_configuration_masks_passwords_and_is_a_configuration(vigil, tmp_path):
    (tmp_path / "my.yaml").write_text(
        "telemetry: {enabled: true, password: hunter2}\n"
        "camera: {source: 'rtsp://me:hunter2@10.0.0.5/cam'}\n"
    )
    done = vigil("config", "show", "my.yaml", "--set", "unit.vehicle_id=bus-7")
    assert done.returncode == 0
    assert "hunter2" not in done.stdout
    shown = yaml.safe_load(done.stdout)
    assert shown["unit"]["vehicle_id"] == "bus-7"
    assert shown["telemetry"]["password"] == "**********"
    (tmp_path / "again.yaml").write_text(done.stdout)
    assert vigil("config", "check", "again.yaml").returncode == 0


def test_reference_names_every_group_and_is_written_where_asked(vigil, tmp_path):
    done = vigil("config", "reference", "--out", "docs/reference.md")
    assert done.returncode == 0
    text = (tmp_path / "docs" / "reference.md").read_text()
    for group in ("camera", "telemetry.outbox", "cabin.outputs[] (type: gpio_light)"):
        assert f"## `{group}`" in text
    assert "| `vehicle_id` | 1 to 64 of the characters" in text
    assert "something else" not in text


def test_reference_that_cannot_be_written_ends_with_2(vigil):
    done = vigil("config", "reference", "--out", "/proc/nowhere/x.md")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_schema_is_json(vigil):
    assert json.loads(vigil("config", "schema").stdout)["title"] == "VigilSettings"


def test_unknown_model_ends_with_2(vigil):
    done = vigil("models", "fetch", "nonsense")
    assert done.returncode == 2
    assert "known are: mediapipe" in done.stderr


def test_fetching_other_content_ends_with_2_and_leaves_nothing(vigil, tmp_path):
    with serving(b"not a model") as server:
        done = vigil("models", "fetch", "mediapipe", "--url", server.url)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "11 bytes, expected 3758596" in done.stderr
    assert not list(tmp_path.rglob("*.task"))


def test_fetching_offline_ends_with_2(vigil):
    done = vigil("models", "fetch", "mediapipe", "--url", "http://127.0.0.1:9/x.task")
    assert done.returncode == 2
    assert "cannot be reached" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.mediapipe_model
def test_fetched_model_is_listed_and_not_fetched_twice(vigil, face_landmarker_path):
    with serving(face_landmarker_path.read_bytes()) as server:
        server.cut_after = [1_000_000]
        first = vigil("models", "fetch", "mediapipe", "--url", server.url)
        assert first.returncode == 0, first.stderr
        assert "sha256 ok" in first.stdout
        assert server.ranges == [None, "bytes=1000000-"]
        assert "already there" in vigil("models", "fetch", "mediapipe", "--url", server.url).stdout
    listed = vigil("models", "list").stdout
    assert ".cache/vigil/models/face_landmarker.task" in listed


def test_missing_model_is_told_with_the_command_that_fetches_it(vigil):
    done = vigil("models", "list")
    assert done.returncode == 0
    assert "vigil models fetch mediapipe" in done.stdout


# Commands that other packages bring


def test_command_of_another_package_is_listed_without_importing_it(vigil, tmp_path):
    code = 'raise RuntimeError("imported")\ndef polish() -> None:\n    """Polish a lens."""\n'
    done = vigil("--help", **package(tmp_path, "polish", code))
    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines() if "polish" in line] == [
        ["polish", "Polish", "a", "lens."]
    ]


def test_command_of_another_package_runs_with_its_options(vigil, tmp_path):
    code = 'def polish(epochs: int = 3) -> None:\n    """Polish."""\n    print("epochs", epochs)\n'
    path = package(tmp_path, "polish", code)
    assert vigil("polish", "--epochs", "7", **path).stdout == "epochs 7\n"
    assert "--epochs" in vigil("polish", "--help", **path).stdout


def test_command_that_lacks_a_dependency_says_which(vigil, tmp_path):
    done = vigil("polish", **package(tmp_path, "polish", "import no_such_package\n"))
    assert done.returncode == 2
    assert "needs the Python package no_such_package" in done.stderr


# What goes wrong inside


def test_unexpected_error_is_one_line_and_its_traceback_is_kept(vigil, tmp_path):
    path = package(tmp_path, "polish", "def polish() -> None:\n    raise KeyError('inner')\n")
    done = vigil("polish", **path)
    assert done.returncode == 1
    kept = tmp_path / ".local" / "state" / "vigil" / "last-crash.txt"
    assert done.stderr == (
        f"internal error: KeyError: 'inner'; its traceback is in {kept}; please report it.\n"
    )
    assert "raise KeyError('inner')" in kept.read_text()


def test_debug_prints_the_traceback(vigil, tmp_path):
    path = package(tmp_path, "polish", "def polish() -> None:\n    raise KeyError('inner')\n")
    assert "Traceback" in vigil("--debug", "polish", **path).stderr
    assert "Traceback" in vigil("polish", VIGIL_DEBUG="1", **path).stderr


def test_interrupt_ends_with_130_and_without_a_traceback(environment, tmp_path):
    code = (
        "import time\ndef polish() -> None:\n    print('ready', flush=True)\n    time.sleep(30)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "edge_app.commands.main", "polish"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, **package(tmp_path, "polish", code)},
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_reader_that_goes_away_is_no_internal_error(environment, tmp_path):
    done = subprocess.run(
        f"{sys.executable} -m edge_app.commands.main config reference | head -1",
        shell=True,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout == "# Configuration reference\n"
    assert "internal error" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_help_comes_within_four_tenths_of_a_second(vigil):
    took_s = []
    for _ in range(3):
        began = time.perf_counter()
        vigil("--help")
        took_s.append(time.perf_counter() - began)
    assert min(took_s) < 0.4
