"""The real `vigil calibrate camera` on pictures, a video and a live camera; what is not enough harms nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.camera.lens_file import KeptLens, read_lens, write_lens
from edge_app.commands.main import main
from tests.calibration.camera.conftest import USB

ROOT = Path(__file__).parents[3]
Vigil = Callable[..., "subprocess.CompletedProcess[str]"]
Picture = NDArray[np.uint8]

# A camera that goes on for ever, showing what lies in a folder; it fails the test by being read on and on.
LIVE_SOURCE = """
import cv2
from pathlib import Path
from edge_app.camera.frame import Frame


class Turntable:
    live, frame_count, frame_rate_hz = True, None, 5.0

    def __init__(self, folder):
        self.pictures = [cv2.imread(str(p), 0) for p in sorted(Path(folder).glob("*.png"))]
        self.index = -1

    def read(self):
        self.index += 1
        if self.index > 2000:
            raise RuntimeError("nobody stopped")
        return Frame(self.pictures[self.index % len(self.pictures)], self.index / 4, self.index)

    def close(self):
        pass


def open_source(rest, settings):
    return Turntable(rest)
"""


@pytest.fixture
def vigil(tmp_path: Path) -> Vigil:
    (tmp_path / "turntable.py").write_text(LIVE_SOURCE)
    about = tmp_path / "turntable-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: turntable\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[vigil.sources]\nturn = turntable:open_source\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIL_", "XDG_"))}
    path = f"{ROOT}{os.pathsep}{tmp_path}"

    def vigil(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "edge_app.commands.main", "calibrate", *words],
            capture_output=True,
            text=True,
            timeout=120,
            env={**kept, "HOME": str(tmp_path), "PYTHONPATH": path, "COLUMNS": "200"},
            cwd=tmp_path,
            check=False,
        )

    return vigil


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """The sentence with which the command leaves, without the cost of a process."""
    monkeypatch.chdir(tmp_path)

    def refusal(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(["calibrate", *words])
        told = capsys.readouterr().err
        assert end.value.code == 2, told
        assert told.startswith("error: ") and told.count("\n") == 1
        return told

    return refusal


@pytest.fixture
def stills(tmp_path: Path, usb_pictures: list[Picture]) -> Path:
    folder = tmp_path / "stills"
    folder.mkdir()
    for number, picture in enumerate(usb_pictures):
        cv2.imwrite(str(folder / f"{number:02}.png"), picture)
    return folder


def test_pictures_become_a_lens_file_and_a_picture_and_a_sentence(
    vigil: Vigil, stills: Path, tmp_path: Path
) -> None:
    done = vigil("camera", str(stills), "--out", "my.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("good: focal length 55") and "camera.lens" in done.stdout
    kept = read_lens(tmp_path / "my.yaml")
    assert kept.lens.measured
    assert kept.lens.focal_x_px == pytest.approx(USB.focal_x_px, rel=0.01)
    assert kept.quality is not None and kept.quality.rms_px < 0.5
    assert cv2.imread(str(tmp_path / "my.png")).shape[1] > 900


def test_video_and_live_camera_give_the_same_lens(
    vigil: Vigil, stills: Path, tmp_path: Path, usb_pictures: list[Picture]
) -> None:
    writer = cv2.VideoWriter(
        str(tmp_path / "board.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (640, 480)
    )
    for picture in usb_pictures:
        for _ in range(3):
            writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    for source, out in (("board.avi", "video.yaml"), (f"turn:{stills}", "live.yaml")):
        done = vigil("camera", source, "--out", out)
        assert done.returncode == 0, done.stderr
        kept = read_lens(tmp_path / out)
        assert kept.lens.focal_x_px == pytest.approx(USB.focal_x_px, rel=0.01)
        assert kept.lens.distortion[0] == pytest.approx(USB.distortion[0], abs=0.05)


def test_too_little_is_refused_with_what_to_do_and_the_old_lens_stays(
    refusal: Callable[..., str], stills: Path, tmp_path: Path
) -> None:
    for file in sorted(stills.iterdir())[4:]:
        file.unlink()
    sentence = refusal("camera", str(stills))
    assert "not good enough: only 4 usable views" in sentence and "(lens.png shows" in sentence
    lens, picture = tmp_path / "lens.yaml", tmp_path / "lens.png"
    assert picture.exists() and not lens.exists()  # shows what is missing
    write_lens(lens, KeptLens(USB))
    before = {file: file.read_bytes() for file in (lens, picture)}
    picture.write_bytes(before[picture] + b"of the good one")
    sentence = refusal("camera", str(stills))
    assert "lens.yaml stays" in sentence and "(lens-refused.png shows" in sentence
    assert lens.read_bytes() == before[lens]
    assert picture.read_bytes().endswith(b"of the good one")
    assert (tmp_path / "lens-refused.png").read_bytes() == before[picture]


@pytest.mark.parametrize(
    ("words", "file"),
    [(("--out", "vigil.yaml"), "vigil.yaml"), (("--picture", "vigil.yaml"), "vigil.yaml")],
    ids=["out", "picture"],
)
def test_file_that_is_something_else_is_not_written_over(
    refusal: Callable[..., str], stills: Path, tmp_path: Path, words: tuple[str, str], file: str
) -> None:
    (tmp_path / file).write_text("camera: {source: v4l2:0}")
    told = refusal("camera", str(stills), *words)
    assert f"{file}: is there already" in told and words[0] in told
    assert (tmp_path / file).read_text() == "camera: {source: v4l2:0}"


def test_folder_to_write_to_is_called_one(
    refusal: Callable[..., str], stills: Path, tmp_path: Path
) -> None:
    assert "is a folder" in refusal("camera", str(stills), "--out", str(tmp_path))


@pytest.mark.parametrize(
    "words", [("--picture", "./lens.yaml"), ("--out", "lens.png")], ids=["picture", "out"]
)
def test_picture_is_not_drawn_over_the_lens(
    refusal: Callable[..., str], stills: Path, tmp_path: Path, words: tuple[str, str]
) -> None:
    file = tmp_path / words[1]
    file.write_text("what was there")
    assert "cannot be one file" in refusal("camera", str(stills), *words)
    assert file.read_text() == "what was there"


def test_bad_picture_among_good_ones_costs_only_itself(
    stills: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (stills / "05.png").write_bytes(b"\x89PNG but no picture")
    with pytest.raises(SystemExit) as end:
        main(["calibrate", "camera", str(stills)])
    told = capsys.readouterr()
    assert end.value.code == 0
    assert "05.png" in told.err and told.out.startswith("good: ")
    kept = read_lens(tmp_path / "lens.yaml")
    assert kept.quality is not None and kept.quality.views == len(list(stills.iterdir())) - 1


def test_live_camera_that_never_shows_enough_is_left_after_a_while(
    vigil: Vigil, stills: Path
) -> None:
    for file in sorted(stills.iterdir())[4:]:
        file.unlink()
    done = vigil("camera", f"turn:{stills}", "--longest-s", "3")
    assert done.returncode == 2 and "only 4 usable views" in done.stderr


def test_pictures_without_a_board_say_how_to_get_one(
    refusal: Callable[..., str], tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((480, 640), 99, np.uint8))
    assert "--board board.pdf" in refusal("camera", "grey.png")


@pytest.mark.parametrize(
    "words",
    [
        ("camera", "no_such.mp4"),
        ("camera", "grey.png", "--out", "no/such/folder/lens.yaml"),
        ("camera", "--board", "board.txt"),
        ("camera", "--board", "no/such/board.pdf"),
        ("camera", "--board", "board.pdf", "--columns", "2"),
        ("camera", "--board", "board.png", "--square-mm", "450", "--columns", "25"),
        ("camera", "grey.png", "--board", "board.pdf"),
    ],
)
def test_bad_input_is_one_sentence(
    refusal: Callable[..., str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((480, 640), 99, np.uint8))
    refusal(*words)


def test_board_is_written_to_print(vigil: Vigil, tmp_path: Path) -> None:
    for name, begins in (("board.pdf", b"%PDF"), ("board.png", b"\x89PNG")):
        done = vigil("camera", "--board", name)
        assert done.returncode == 0 and "100 %" in done.stdout
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_help_of_the_group_lists_what_packages_add_to_it(vigil: Vigil, tmp_path: Path) -> None:
    (tmp_path / "more_lenses.py").write_text(
        'def stereo() -> None:\n    """Measure two cameras at once."""\n    print("two")\n'
    )
    about = tmp_path / "more_lenses-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: more-lenses\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[vigil.commands.calibrate]\nstereo = more_lenses:stereo\n"
    )
    done = vigil("--help")
    assert "Measure a camera's lens" in done.stdout
    assert "Measure two cameras at once." in done.stdout
    assert vigil("stereo").stdout == "two\n"
