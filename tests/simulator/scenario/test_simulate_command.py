"""`vigil simulate` writes the drive it was asked for, and says what to do where it cannot."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from driver_simulator.commands.simulate import simulate
from driver_simulator.contact_sheet import sheet_instants
from driver_simulator.drive_recording import DriveRecording
from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.load import load_scenario, shipped_names
from driver_simulator.scenario.scenario import Scenario
from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.errors import UserError

SMALL = ["camera.width_px=160", "camera.height_px=120"]
TICK_S = 1 / 90_000


def frames_of(clip: Path) -> list[Frame]:
    source = VideoFileSource(str(clip), SimpleNamespace(decode_threads=1, frame_rate_hz=30.0))  # type: ignore[arg-type]
    frames = list(iter(source.read, None))
    source.close()
    return frames


def rows_of(truth: Path) -> list[dict[str, str]]:
    with truth.open(newline="") as file:
        return list(csv.DictReader(file))


def test_command_without_files_says_what_to_give():
    with pytest.raises(UserError, match=r"--out CLIP\.mp4.*vigil run --source sim:yawns"):
        simulate("yawns")


def test_command_without_a_scenario_says_where_their_names_are():
    with pytest.raises(UserError, match="--list"):
        simulate(None, truth=Path("x.csv"))


@pytest.mark.parametrize("duration_s", [0.0, -1.0, 61.0])
def test_duration_beyond_the_drive_is_told(tmp_path, duration_s):
    with pytest.raises(UserError, match="above 0 and at most 60"):
        simulate("yawns", truth=tmp_path / "x.csv", duration_s=duration_s)


def test_list_names_every_scenario_with_its_description(capsys):
    simulate(list_them=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == shipped_names()
    assert all(line.endswith(load_scenario(line.split()[0]).description) for line in lines)


def test_seed_decides_what_is_not_scripted(tmp_path):
    def truth(name: str, seed: int) -> bytes:
        simulate("attentive", truth=tmp_path / name, seed=seed, duration_s=20.0)
        return (tmp_path / name).read_bytes() + (tmp_path / f"{name}.events.csv").read_bytes()

    assert truth("a", 1) == truth("b", 1) != truth("c", 2)


def test_option_changes_the_scenario(tmp_path):
    change = ["vehicle.0.speed_kmh=33"]
    simulate("sleep", truth=tmp_path / "t.csv", duration_s=0.5, overrides=change)
    assert {row["speed_kmh"] for row in rows_of(tmp_path / "t.csv")} == {"33.00000"}


def test_clip_keeps_the_times_of_frames_that_come_late_or_not_at_all(tmp_path):
    faults = ["camera.jitter_s=0.006", "camera.drop_share=0.3"]
    clip, truth = tmp_path / "c.mp4", tmp_path / "t.csv"
    simulate("attentive", out=clip, truth=truth, duration_s=1.5, overrides=[*SMALL, *faults])
    shown_s = [frame.t_s for frame in frames_of(clip)]
    true_s = [float(row["t_s"]) for row in rows_of(truth)]
    assert len(true_s) < 40
    np.testing.assert_allclose(shown_s, true_s, atol=TICK_S + 1e-5)


@pytest.mark.parametrize("spectrum", ["colour", "near_infrared"])
def test_clip_is_as_large_as_the_camera_and_the_same_every_time(tmp_path, spectrum):
    clips = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for clip in clips:
        simulate(
            "attentive", out=clip, duration_s=0.2, overrides=[*SMALL, f"camera.spectrum={spectrum}"]
        )
    assert clips[0].read_bytes() == clips[1].read_bytes()
    assert {frame.image.shape for frame in frames_of(clips[0])} == {(120, 160, 3)}


def test_interrupted_drive_leaves_a_clip_that_plays_and_its_truth(tmp_path):
    camera = {"width_px": 160, "height_px": 120}
    scenario = Scenario.model_validate({"name": "x", "duration_s": 20, "camera": camera})
    clip, truth = tmp_path / "c.mp4", tmp_path / "t.csv"
    recording = DriveRecording(Performance(scenario), clip=clip, truth=truth)

    def interrupt(t_s: float) -> None:
        if recording.frames == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recording.write(until_s=20.0, told=interrupt)
    assert len(frames_of(clip)) == len(rows_of(truth)) == 10
    assert (tmp_path / "t.events.csv").exists()


def test_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    for words in ({"out": tmp_path / "file" / "c.mp4"}, {"truth": tmp_path / "file" / "t.csv"}):
        with pytest.raises(UserError, match="cannot be written"):
            simulate("attentive", duration_s=0.1, overrides=SMALL, **words)


def test_contact_sheet_shows_every_scripted_event(tmp_path):
    performance = Performance(load_scenario("demo_drive"))
    instants = sheet_instants(performance, 60.0)
    for event in performance.events:
        if event.scripted:
            assert any(event.full_from_s <= t_s <= event.full_until_s for t_s in instants), event
    simulate("demo_drive", contact_sheet=tmp_path / "s.png", overrides=SMALL)
    sheet = cv2.imread(str(tmp_path / "s.png"))
    assert sheet is not None and sheet.shape == (len(instants) // 5 * 240, 5 * 320, 3)
