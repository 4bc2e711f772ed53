"""`vigil analyze --audio`: its files, its report, and what it refuses."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import cv2
import pytest

from edge_app.commands.main import main
from edge_app.sound.fused_head import FusedHead
from tests.model_compression.features.drawn_videos import (
    RATE_HZ,
    face,
    framed,
    plain,
    sweep,
    write_video,
)
from tests.sound.tiny_heads import CLASSES, head_folder, listener_model

SECONDS, LOST_S = 6, (2.0, 4.0)


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return head_folder(tmp_path / "head")


def clip(path: Path, *, sound: bool = True, loudness: float = 1.0) -> Path:
    """A face that is away for two seconds."""
    shown, away = framed(face()), framed(plain())
    pictures = [
        away if LOST_S[0] <= index / RATE_HZ < LOST_S[1] else shown
        for index in range(SECONDS * RATE_HZ)
    ]
    return write_video(path, pictures, loudness * sweep(SECONDS) if sound else None)


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


def test_a_silent_sound_track_carries_nothing(
    tmp_path: Path, head: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert analyze(clip(tmp_path / "a.mp4", loudness=0.0), "--audio", head, "--out", out) == 0
    assert {row["carried_by"] for row in rows(out)} == {"face", "nothing"}
    assert "is silent throughout" in capsys.readouterr().out


def test_a_model_that_fails_on_a_clip_costs_the_section_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = head_folder(tmp_path / "failing", listener=listener_model(only=8000))
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    for name in ("a.mp4", "b.mp4"):
        clip(clips / name)
    assert analyze(clips, "--audio", failing, "--out", out) == 2
    told = capsys.readouterr().err
    assert told.count("face and sound cannot be told together") == 2 == len(told.splitlines())
    for name in ("a.mp4", "b.mp4"):
        summary = json.loads((out / name / "summary.json").read_text())
        assert summary["frames"] == SECONDS * RATE_HZ and "audio_visual" not in summary
        assert (out / name / "report.html").is_file()
        assert not (out / name / "audio_visual.csv").exists()


def test_an_interruption_while_it_listens_leaves_the_rest(
    tmp_path: Path,
    head: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FusedHead, "tokens", interrupted)
    monkeypatch.setattr("edge_app.sound.head_folder._try_out", lambda *_: None)
    out = tmp_path / "out"
    assert analyze(clip(tmp_path / "a.mp4"), "--audio", head, "--out", out) == 130
    assert "in the report, without face and sound together" in capsys.readouterr().err
    summary = json.loads((out / "summary.json").read_text())
    assert summary["interrupted"] and "audio_visual_s" not in summary


def test_what_an_analysis_left_behind_that_broke_off_is_not_taken_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("audio_visual.partial.csv", "overlay.partial.mp4"):
        (out / name).write_text("of another clip")
    assert analyze(clip(tmp_path / "a.mp4"), "--out", out) == 0
    assert not (out / "audio_visual.csv").exists() and not (out / "overlay.mp4").exists()


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
