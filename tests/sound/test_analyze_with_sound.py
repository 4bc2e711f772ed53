"""`vigil analyze --audio`: its files, its report, and what it refuses."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import cv2
import pytest

from edge_app.commands.main import main
from tests.model_compression.features.drawn_videos import (
    RATE_HZ,
    face,
    framed,
    plain,
    sweep,
    write_video,
)
from tests.sound.tiny_heads import CLASSES, head_folder

SECONDS, LOST_S = 6, (2.0, 4.0)


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return head_folder(tmp_path / "head")


def clip(path: Path, *, sound: bool = True) -> Path:
    """A face that is away for two seconds."""
    shown, away = framed(face()), framed(plain())
    pictures = [
        away if LOST_S[0] <= index / RATE_HZ < LOST_S[1] else shown
        for index in range(SECONDS * RATE_HZ)
    ]
    return write_video(path, pictures, sweep(SECONDS) if sound else None)


def analyze(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["analyze", "--no-overlay", *map(str, words), "--set", "perception.runtime=litert"])
    return int(end.value.code or 0)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "audio_visual.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_frame_says_by_what_it_is_carried(
    tmp_path: Path, head: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert analyze(clip(tmp_path / "a.mp4"), "--audio", head, "--out", out) == 0
    told = rows(out)
    assert [row["carried_by"] for row in told] == [
        "sound" if LOST_S[0] <= float(row["t_s"]) < LOST_S[1] else "face+sound" for row in told
    ]
    assert list(told[0]) == ["t_s", *(f"p_{name}" for name in CLASSES), "told", "carried_by"]
    sentence = "from 2.0 s to 4.0 s no face was seen: the expression is told by sound alone"
    assert sentence in capsys.readouterr().out
    summary = json.loads((out / "summary.json").read_text())
    assert sentence in summary["audio_visual"]["sentences"]
    assert summary["audio_visual_s"] >= 0
    page = (out / "report.html").read_text()
    assert page.count('class="by-sound"') == 1 and "Expression by face and sound" in page
    assert not list(out.glob("*.partial.*"))


def test_without_the_option_nothing_of_it_is_written(tmp_path: Path, head: Path) -> None:
    out = tmp_path / "out"
    video = clip(tmp_path / "a.mp4")
    analyze(video, "--audio", head, "--out", out)
    assert analyze(video, "--out", out) == 0
    assert not (out / "audio_visual.csv").exists()
    assert "audio_visual" not in json.loads((out / "summary.json").read_text())
    assert "Expression by face" not in (out / "report.html").read_text()


def test_a_clip_without_sound_goes_on_by_the_face(
    tmp_path: Path, head: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert analyze(clip(tmp_path / "a.mp4", sound=False), "--audio", head, "--out", out) == 0
    assert {row["carried_by"] for row in rows(out)} == {"face", "nothing"}
    assert "has no sound track" in capsys.readouterr().out


def test_pictures_and_simulated_drives_have_no_sound_track(
    tmp_path: Path, head: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "a.png"), framed(face()))
    for words in (
        [pictures],
        [pictures / "a.png"],
        [pictures, "--independent"],
        ["sim:microsleep"],
        [tmp_path / "nothing.mp4"],
    ):
        assert analyze(*words, "--audio", head, "--out", tmp_path / "out") == 2
        assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "out").exists()


def test_torch_is_not_needed(tmp_path: Path, head: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)
    assert analyze(clip(tmp_path / "a.mp4"), "--audio", head, "--out", tmp_path / "out") == 0
