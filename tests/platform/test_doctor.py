"""What `vigil doctor` says of a sound unit and of a broken one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calibration.camera.lens import Lens
from calibration.camera.lens_file import KeptLens, write_lens
from calibration.driver.profile import DriverProfile
from calibration.driver.profile_file import write_profile
from calibration.driver.references import DriverReferences
from edge_app.commands.checkup import Checkup
from edge_app.commands.finding import Finding, Verdict
from edge_app.configuration.load import load_settings

av = pytest.importorskip("av")

_MEDIAPIPE = "perception.model=mediapipe"


@pytest.fixture
def clip(tmp_path) -> Path:
    """A second of moving grey, drawn here."""
    file = tmp_path / "clip.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=15)
        stream.width, stream.height = 320, 240
        for index in range(45):
            shade = np.linspace(40, 200, 320).astype(np.uint8)
            image = np.repeat(np.roll(shade, 5 * index)[None, :, None], 240, axis=0).repeat(
                3, axis=2
            )
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


@pytest.fixture(autouse=True)
def machine_of_its_own(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def find(clip) -> Callable[..., Finding]:
    """What one check finds with these settings."""

    def find(name: str, *overrides: str) -> Finding:
        given = [f"camera.source=file:{clip}", *overrides]
        checkup = Checkup(load_settings(None, given), silent=True)
        checkup.checks = {name: checkup.checks[name]}
        (finding,) = checkup.findings()
        return finding

    return find


def test_camera_that_gives_frames_is_ok_with_size_and_rate(find):
    finding = find("camera", "camera.frame_rate_hz=15")
    assert finding.verdict is Verdict.OK
    assert "320×240" in finding.found


def test_camera_that_gives_too_few_frames_is_a_warning(find):
    finding = find("camera", "camera.frame_rate_hz=60")
    assert finding.verdict is Verdict.WARN
    assert "fewer than the 60 asked for" in finding.found


@pytest.mark.parametrize("source", ["file:/nowhere.mp4", "v4l2:/dev/nowhere"])
def test_camera_that_is_not_there_fails_with_what_to_do(find, source):
    finding = find("camera", f"camera.source={source}")
    assert finding.verdict is Verdict.FAIL
    assert finding.found


def test_lens_that_is_not_set_is_told_with_the_view_assumed(find):
    finding = find("lens", "perception.horizontal_field_of_view_deg=70")
    assert (finding.verdict, "70°" in finding.found) == (Verdict.OK, True)


def test_lens_by_name_is_told_with_its_view_in_this_picture(find):
    finding = find("lens", "camera.lens=pi_camera_3")  # 68° in its own 16:9
    assert (finding.verdict, finding.found) == (
        Verdict.OK,
        "pi_camera_3: published figures, 54° wide at 640×480",
    )


@pytest.mark.parametrize(("height_px", "verdict"), [(960, Verdict.OK), (720, Verdict.WARN)])
def test_measured_lens_of_another_shape_than_the_picture_is_a_warning(
    find, tmp_path, height_px, verdict
):
    file = tmp_path / "lens.yaml"
    lens = Lens("mine", 1280, height_px, 1108.0, 1108.0, 640.0, height_px / 2, measured=True)
    write_lens(file, KeptLens(lens))
    finding = find("lens", f"camera.lens={file}")
    assert (finding.verdict, "measured" in finding.found) == (verdict, True)
    assert bool(finding.to_do) == (verdict is Verdict.WARN)


def test_lens_file_that_is_damaged_is_a_warning_and_a_missing_one_fails(find, tmp_path):
    (tmp_path / "lens.yaml").write_text("focal: [")
    finding = find("lens", f"camera.lens={tmp_path}/lens.yaml")
    assert (finding.verdict, "vigil calibrate camera" in finding.to_do) == (Verdict.WARN, True)
    finding = find("lens", f"camera.lens={tmp_path}/none.yaml")
    assert (finding.verdict, "vigil calibrate camera" in finding.to_do) == (Verdict.FAIL, True)


def test_missing_model_fails_with_the_command_that_fetches_it(find, monkeypatch):
    monkeypatch.delenv("VIGIL_MODELS", raising=False)
    finding = find("model", _MEDIAPIPE)
    assert finding.verdict is Verdict.FAIL
    assert "vigil models fetch mediapipe" in finding.to_do


def test_wrong_model_fails_with_both_hashes(find, tmp_path):
    (tmp_path / "wrong.task").write_bytes(b"x")
    finding = find("model", _MEDIAPIPE, f"perception.model_file={tmp_path}/wrong.task")
    assert finding.verdict is Verdict.FAIL
    assert "expected 64184e22" in finding.found


@pytest.mark.mediapipe_model
def test_model_is_loaded_and_timed_and_an_empty_seat_is_told(clip, face_landmarker_path):
    given = [
        f"camera.source=file:{clip}",
        _MEDIAPIPE,
        f"perception.model_file={face_landmarker_path}",
    ]
    checkup = Checkup(load_settings(None, given), silent=True)
    findings = {finding.name: finding for finding in checkup.findings()}
    assert findings["model"].verdict is Verdict.OK
    assert "ms per face" in findings["runtime"].found
    assert findings["face"].verdict is Verdict.WARN
    assert findings["face"].found == "nobody in the picture"


def test_broker_is_not_asked_while_telemetry_is_off(find):
    assert find("broker").found == "telemetry is off; nothing leaves the vehicle"


def test_broker_that_is_not_there_fails(find):
    finding = find("broker", "telemetry.enabled=true", "telemetry.port=9")
    assert finding.verdict is Verdict.FAIL
    assert "localhost:9" in finding.found


def test_password_that_cannot_be_read_fails_by_name_only(find, monkeypatch):
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    finding = find("broker", "telemetry.enabled=true", "telemetry.password_env=NO_SUCH_PASSWORD")
    assert finding.verdict is Verdict.FAIL
    assert "NO_SUCH_PASSWORD" in finding.found


def test_outbox_on_a_disk_that_cannot_be_written_fails(find):
    finding = find("outbox", "telemetry.outbox.path=/proc/vigil/outbox.sqlite")
    assert finding.verdict is Verdict.FAIL
    assert "/proc: cannot be written" in finding.found


def test_outbox_larger_than_the_disk_fails(find, tmp_path):
    finding = find(
        "outbox",
        f"telemetry.outbox.path={tmp_path}/outbox.sqlite",
        "telemetry.outbox.capacity_bytes=1000000000000000",
    )
    assert finding.verdict is Verdict.FAIL
    assert "free" in finding.to_do


def test_trace_that_cannot_be_written_fails_and_none_is_not_looked_at(find, clip, tmp_path):
    assert "trace" not in Checkup(load_settings(None, [f"camera.source=file:{clip}"])).checks
    (tmp_path / "file").touch()
    fails = find("trace", f"trace.folder={tmp_path / 'file' / 'below'}")
    assert fails.verdict is Verdict.FAIL
    assert find("trace", f"trace.folder={tmp_path / 'traces'}").verdict is Verdict.OK


def test_driver_profiles_are_looked_at_where_they_are_kept(find, clip, tmp_path):
    assert "profiles" not in Checkup(load_settings(None, [f"camera.source=file:{clip}"])).checks
    folder = tmp_path / "kept"

    def found(folder=folder, given_on="2026-01-10"):
        return find(
            "profiles",
            "driver_profiles.enabled=true",
            f"driver_profiles.folder={folder}",
            "driver_profiles.consent.text=I agree that this vehicle keeps it.",
            "driver_profiles.consent.reference=file 12",
            f"driver_profiles.consent.given_on={given_on}",
        )

    assert (found().verdict, found().found) == (Verdict.OK, f"{folder}: 0 kept")
    assert not folder.exists()  # looking makes none
    kept = DriverProfile("2026-11-30", "2026-11-30", bare=DriverReferences())
    write_profile(folder / "driver-1.yaml", kept)
    assert (found().verdict, found().found) == (Verdict.OK, f"{folder}: 1 kept")
    later = found(given_on="2999-01-10")
    assert (later.verdict, "given_on" in later.to_do) == (Verdict.WARN, True)
    (folder / "driver-2.yaml").write_text("kind: [driver")
    (folder / "driver-3.yaml.corrupt-1").write_text("")
    damaged = found()
    assert (damaged.verdict, damaged.found) == (Verdict.WARN, f"{folder}: 1 kept, 2 damaged")
    assert (folder / "driver-2.yaml").exists()  # looking sets nothing aside
    (tmp_path / "file").write_text("")
    fails = found(folder=tmp_path / "file" / "below")
    assert (fails.verdict, "driver_profiles.folder" in fails.to_do) == (Verdict.FAIL, True)


def test_outbox_check_leaves_nothing_behind(find, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    assert find("outbox", f"telemetry.outbox.path={tmp_path}/outbox.sqlite").verdict is Verdict.OK
    assert sorted(tmp_path.rglob("*")) == before


def test_unit_that_nobody_can_hear_is_a_warning(find):
    finding = find("cabin")
    assert finding.verdict is Verdict.WARN
    assert "type: sound" in finding.to_do


def test_output_that_cannot_be_opened_fails_with_what_to_do(find, tmp_path):
    finding = find("output 1", f"cabin.outputs=[{{type: sound, player: {tmp_path}/none}}]")
    assert finding.verdict is Verdict.FAIL
    assert "apt install alsa-utils" in finding.to_do


def test_output_whose_player_fails_is_found_out_by_trying_it(clip, tmp_path):
    player = tmp_path / "player"
    player.write_text("#!/bin/sh\necho no card >&2\nexit 1\n")
    player.chmod(0o755)
    given = [f"cabin.outputs=[{{type: sound, player: {player}}}]"]
    checkup = Checkup(load_settings(None, given))
    checkup.checks = {"output 1": checkup.checks["output 1"]}
    (finding,) = checkup.findings()
    assert finding.verdict is Verdict.FAIL
    assert "no card" in finding.found


def test_check_that_breaks_down_is_a_finding_and_the_others_go_on(clip):
    checkup = Checkup(load_settings(None, []), silent=True)

    def broken() -> Finding:
        raise ZeroDivisionError("by accident")

    checkup.checks = {"camera": broken, "vehicle": checkup.checks["vehicle"]}
    first, second = checkup.findings()
    assert (first.verdict, first.found) == (Verdict.FAIL, "ZeroDivisionError: by accident")
    assert second.verdict is Verdict.OK


def test_command_prints_a_line_for_each_part_and_ends_with_1_on_failure(tmp_path):
    done = _vigil_doctor(tmp_path, "--silent", "--set", "camera.source=file:/nowhere.mp4")
    assert done.returncode == 1
    assert any(line.startswith("fail camera: ") for line in done.stdout.splitlines())
    assert any(line.startswith("ok   memory: ") for line in done.stdout.splitlines())
    assert "\x1b" not in done.stdout


def test_command_prints_json_for_programs(tmp_path):
    done = _vigil_doctor(tmp_path, "--json", "--silent", "--set", "camera.source=file:/nowhere.mp4")
    report = json.loads(done.stdout)
    assert not report["ok"]
    assert {"name", "verdict", "found", "to_do"} == set(report["checks"][0])


@pytest.mark.mediapipe_model
def test_command_ends_with_0_when_nothing_fails(tmp_path, clip, face_landmarker_path):
    options = ["--set", f"camera.source=file:{clip}", "--set", _MEDIAPIPE]
    options += ["--set", f"perception.model_file={face_landmarker_path}"]
    done = _vigil_doctor(tmp_path, "--silent", *options)
    assert done.returncode == 0, done.stdout


def _vigil_doctor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "edge_app.commands.main", "doctor", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": root, "HOME": str(folder)},
        cwd=folder,
        check=False,
    )
