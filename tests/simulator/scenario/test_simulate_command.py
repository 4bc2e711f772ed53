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
    with pytest.raises(
        UserError, match=r"--out CLIP\.mp4.*--contact-sheet.*vigil run --source sim:yawns"
    ):
        simulate("yawns")


def test_name_of_no_scenario_is_told_before_that_files_are_missing():
    with pytest.raises(UserError, match="did you mean `demo_drive`"):
        simulate("demo-drive")


def test_command_without_a_scenario_says_where_their_names_are():
    with pytest.raises(UserError, match="--list"):
        simulate(None, truth=Path("x.csv"))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_beyond_its_limits_is_told_by_its_option(tmp_path, seed):
    with pytest.raises(UserError, match=rf"^--seed is {seed} but must be .* from 0 to 4294967295"):
        simulate("yawns", truth=tmp_path / "x.csv", seed=seed)


def written_scenario(path: Path, portrait: str = "astronaut") -> bytes:
    path.write_text(f"name: tired\nduration_s: 5\nperson: {{portrait: {portrait}}}\n")
    return path.read_bytes()


@pytest.mark.parametrize("option", ["out", "truth", "contact_sheet"])
def test_output_onto_the_scenario_is_refused(tmp_path, option):
    scenario = tmp_path / "tired.yaml"
    before = written_scenario(scenario)
    with pytest.raises(UserError, match="would overwrite the scenario"):
        simulate(str(scenario), **{option: scenario})
    assert scenario.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "name"),
    [("out", "link.mp4"), ("truth", "link.csv"), ("truth", "x.csv"), ("contact_sheet", "link.png")],
)
def test_output_onto_the_scenario_through_a_link_is_refused(tmp_path, option, name):
    scenario = tmp_path / "tired.yaml"
    before = written_scenario(scenario)
    for link in ("link.mp4", "link.csv", "link.png", "x.events.csv"):
        (tmp_path / link).symlink_to(scenario)
    with pytest.raises(UserError, match="would overwrite the scenario"):
        simulate(str(scenario), **{option: tmp_path / name})
    assert scenario.read_bytes() == before


@pytest.mark.parametrize("by_option", [True, False])
def test_output_onto_the_portrait_is_refused(tmp_path, by_option):
    photo, scenario = tmp_path / "face.jpg", tmp_path / "tired.yaml"
    photo.write_bytes(b"a face")
    written_scenario(scenario, "astronaut" if by_option else "face.jpg")
    with pytest.raises(UserError, match="would overwrite the portrait"):
        simulate(str(scenario), contact_sheet=photo, portrait=photo if by_option else None)
    assert photo.read_bytes() == b"a face"


def test_two_outputs_into_one_file_are_refused(tmp_path):
    clip, truth = tmp_path / "a.mp4", tmp_path / "a.csv"
    clip.touch()
    truth.symlink_to(clip)
    with pytest.raises(UserError, match="--out and --truth would both be written into"):
        simulate("microsleep", out=clip, truth=truth)
    truth.unlink()
    (tmp_path / "a.events.csv").symlink_to(clip)
    with pytest.raises(UserError, match="--out and the events beside --truth would both"):
        simulate("microsleep", out=clip, truth=truth)
    assert clip.read_bytes() == b""


@pytest.mark.parametrize(
    ("option", "name", "suffix"),
    [
        ("out", "a.avi", ".mp4"),
        ("out", "a", ".mp4"),
        ("truth", "a.mp4", ".csv"),
        ("truth", ".", ".csv"),
        ("contact_sheet", "a.yaml", ".png or .jpg"),
    ],
)
def test_name_that_does_not_say_what_the_file_holds_is_refused(tmp_path, option, name, suffix):
    with pytest.raises(UserError, match=rf"^--{option.replace('_', '-')} is .*ends in {suffix}"):
        simulate("microsleep", **{option: tmp_path / name if name != "." else Path()})
    assert list(tmp_path.iterdir()) == []


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
        rows, events = tmp_path / f"{name}.csv", tmp_path / f"{name}.events.csv"
        simulate("attentive", truth=rows, seed=seed, duration_s=20.0)
        return rows.read_bytes() + events.read_bytes()

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
