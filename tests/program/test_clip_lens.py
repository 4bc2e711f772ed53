"""Which lens `vigil analyze` takes a clip to be seen through."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2

from edge_app.commands.demo import DEMO_CLIP
from tests.clips.clip_edits import read_span
from tests.program.conftest import Vigil
from tests.program.painted_driver import paint_clip
from tests.program.test_bad_input import complaint


def test_lens_of_the_settings_holds_for_a_clip_unless_it_is_taken_away(
    vigil: Vigil, tmp_path: Path
) -> None:
    pictures, config = tmp_path / "pictures", tmp_path / "vigil.yaml"
    pictures.mkdir()
    for number, frame in enumerate(read_span(DEMO_CLIP, 2.0, 2.3)):
        cv2.imwrite(str(pictures / f"{number:02}.png"), frame.image)
    config.write_text("camera: {lens: generic_90}\n")

    def head(*words: object) -> list[tuple[str, str]]:
        out = tmp_path / "out"
        assert vigil("analyze", pictures, "--out", out, "--no-overlay", *words).returncode == 0
        with (out / "signals.csv").open(newline="") as file:
            return [(row["head_yaw_rad"], row["head_pitch_rad"]) for row in csv.DictReader(file)]

    assumed = head()
    assert any(yaw for yaw, _ in assumed)
    assert head("--config", config) != assumed
    assert head("--config", config, "--set", "camera.lens=null") == assumed


def test_lens_that_there_is_not_is_told_once_for_a_folder_of_clips(
    vigil: Vigil, tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("a.mp4", "b.mp4"):
        paint_clip(clips / name, [(0.2, True, 0.85)], 15)
    result = vigil("analyze", clips, "--out", tmp_path / "out", "--set", "camera.lens=none_such")
    complaint(result, "camera.lens", "none_such", "pi_camera_3")
    assert not (tmp_path / "out").exists()
