"""What users get wrong, given to the real command: one clear sentence, exit code 2, and nothing lost."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import cv2
import pytest

from tests.program.conftest import Vigil
from tests.program.painted_driver import paint_clip, painted

MEDIAPIPE = ("--set", "perception.model=mediapipe")


def complaint(result: CompletedProcess[str], *words: str) -> str:
    """The one sentence on standard error; it holds all of `words`."""
    assert result.returncode == 2, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in lines[0]
    return lines[0]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "drive.mp4"
    paint_clip(path, [(1.0, True, 0.85)], 15)
    return path


@pytest.mark.parametrize("command", ["analyze", "run"])
@pytest.mark.parametrize("content", [None, b"", b"this is no video" * 100])
def test_missing_empty_and_corrupt_video(
    vigil: Vigil, tmp_path: Path, command: str, content: bytes | None
) -> None:
    video = tmp_path / "clip.mp4"
    if content is not None:
        video.write_bytes(content)
    words = (
        ("analyze", video, "--out", tmp_path / "out")
        if command == "analyze"
        else ("run", "--source", f"file:{video}")
    )
    complaint(vigil(*words), "clip.mp4")
    assert not (tmp_path / "out").exists()


def test_zero_byte_image_is_named(vigil: Vigil, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "b.png").write_bytes(b"")
    complaint(vigil("analyze", folder, "--out", tmp_path / "out"), "b.png")


def test_a_bad_image_costs_the_others_nothing(vigil: Vigil, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), painted(False, 1.0, 0.0, 1))
    (folder / "b.png").write_bytes(b"no picture")
    cv2.imwrite(str(folder / "c.png"), painted(False, 1.0, 0.0, 2))
    complaint(vigil("analyze", folder, "--out", tmp_path / "out", "--independent"), "b.png")
    with (tmp_path / "out" / "signals.csv").open(newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == ["a.png", "c.png"]


def test_a_bad_clip_costs_the_others_nothing(vigil: Vigil, clip: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    shutil.copyfile(clip, clips / "z.mp4")
    (clips / "a.mp4").write_bytes(b"junk")
    complaint(vigil("analyze", clips, "--out", tmp_path / "out"), "a.mp4")
    assert (tmp_path / "out" / "z.mp4" / "report.html").exists()
    assert not (tmp_path / "out" / "a.mp4").exists()


def test_independent_stills_are_images(vigil: Vigil, clip: Path) -> None:
    complaint(vigil("analyze", clip, "--independent"), "--independent")


def test_an_earlier_overlay_does_not_lie_beside_a_later_report(
    vigil: Vigil, clip: Path, tmp_path: Path
) -> None:
    assert vigil("analyze", clip, "--out", tmp_path / "out").returncode == 0
    assert (tmp_path / "out" / "overlay.mp4").exists()
    assert vigil("analyze", clip, "--out", tmp_path / "out", "--no-overlay").returncode == 0
    assert not (tmp_path / "out" / "overlay.mp4").exists()


def test_model_that_is_not_there_says_how_to_get_it(vigil: Vigil, clip: Path) -> None:
    result = vigil("analyze", clip, *MEDIAPIPE, VIGIL_MODELS="")
    complaint(result, "face_landmarker.task", "vigil models fetch")


@pytest.mark.mediapipe_model
def test_model_with_another_hash_is_refused(
    vigil: Vigil, clip: Path, tmp_path: Path, face_landmarker_path: Path
) -> None:
    tampered = tmp_path / "models" / "face_landmarker.task"
    tampered.parent.mkdir()
    shutil.copyfile(face_landmarker_path, tampered)
    with tampered.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0tampered\0")
    result = vigil("analyze", clip, *MEDIAPIPE, VIGIL_MODELS=str(tampered.parent))
    complaint(result, str(tampered), "sha256")


def test_folder_for_results_that_cannot_be_made(vigil: Vigil, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    complaint(vigil("analyze", clip, "--out", tmp_path / "file" / "out"), "--out")


def test_outbox_that_cannot_be_written(vigil: Vigil, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = vigil(
        *("run", "--source", clip, "--set", "telemetry.enabled=true"),
        *("--set", "telemetry.host=127.0.0.1"),
        *("--set", f"telemetry.outbox.path={tmp_path / 'file' / 'outbox.sqlite'}"),
    )
    complaint(result, "outbox")


def test_typo_in_the_configuration_names_file_line_key_and_what_is_allowed(
    vigil: Vigil, clip: Path, tmp_path: Path
) -> None:
    config = tmp_path / "my.yaml"
    config.write_text("camera:\n  frame_rate_hz: 15\nalerts:\n  degraded:\n    told_after: 4\n")
    complaint(vigil("run", "--source", clip, "--config", config), "my.yaml", "5", "told_after_s")


def test_authority_file_that_is_missing(vigil: Vigil, clip: Path, tmp_path: Path) -> None:
    result = vigil(
        *("run", "--source", clip, "--set", "telemetry.enabled=true"),
        *("--set", "telemetry.host=127.0.0.1"),
        *("--set", f"telemetry.tls.ca_file={tmp_path / 'no-such-ca.pem'}"),
    )
    complaint(result, "no-such-ca.pem")


@pytest.mark.parametrize("source", ["webcam:0", "no-such-file.mp4"])
def test_source_that_is_none(vigil: Vigil, source: str) -> None:
    complaint(vigil("run", "--source", source), source.split(":")[0])


def test_mistake_in_an_option_is_told_by_the_option_s_name(vigil: Vigil) -> None:
    told = complaint(vigil("run", "--source", "foo:bar"), "--source: ", "foo:bar", "sim")
    assert "--set" not in told


def test_name_of_a_scenario_is_told_how_to_write_it(vigil: Vigil) -> None:
    complaint(vigil("run", "--source", "microsleep"), "microsleep: no such file", "sim:microsleep")


def test_scenario_given_as_a_video_is_told_how_to_write_it(vigil: Vigil, tmp_path: Path) -> None:
    scenario = tmp_path / "tired.yaml"
    scenario.write_text("name: tired\nduration_s: 10\n")
    complaint(vigil("run", "--source", scenario), f"{scenario}: not a video", f"sim:{scenario}")


@pytest.mark.parametrize("scheme", ["sim", "file", "images", "gst"])
def test_source_with_nothing_behind_the_colon(vigil: Vigil, scheme: str) -> None:
    complaint(vigil("run", "--source", f"{scheme}:"), f"{scheme}: nothing stands behind the colon")


def test_camera_cannot_be_hurried(vigil: Vigil) -> None:
    complaint(vigil("run", "--source", "v4l2:0", "--as-fast-as-possible"), "v4l2:0")


def test_demo_with_a_model_that_cannot_be_used_begins_nothing(vigil: Vigil, tmp_path: Path) -> None:
    model = tmp_path / "own.task"
    model.write_bytes(b"no model")
    options = [*MEDIAPIPE, "--set", f"perception.model_file={model}"]
    result = vigil("demo", "--out", tmp_path / "out", *options)
    complaint(result, "own.task")
    assert "broker:" not in result.stdout
    assert not (tmp_path / "out").exists()


def test_demo_without_a_model_says_what_to_do(vigil: Vigil) -> None:
    complaint(vigil("demo", *MEDIAPIPE, VIGIL_MODELS=""), "vigil models fetch mediapipe")


@pytest.mark.mosquitto
def test_demo_names_its_broker_s_address_once(vigil: Vigil, tmp_path: Path) -> None:
    result = vigil("demo", "--source", "sim:", "--out", tmp_path / "out")
    complaint(result, "sim: nothing stands behind the colon")
    (broker,) = [line for line in result.stdout.splitlines() if line.startswith("broker: ")]
    assert broker.count("127.0.0.1:") == 1
