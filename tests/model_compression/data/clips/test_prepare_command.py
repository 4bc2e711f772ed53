"""`vigil data prepare` as it is typed: what is told at the end, and how it refuses."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from edge_app.errors import UserError
from model_compression.commands.prepare_clips import prepare
from model_compression.data.clips.face_track import FaceFinder
from model_compression.data.clips.store import ClipStore
from tests.model_compression.data.clips.miniature_sets import dfew, face_frames, mix_bac

app = typer.Typer()
app.command()(prepare)


def run(kind: str, root: Path, out: Path, *options: str) -> Result:
    words = [kind, "--root", str(root), "--out", str(out), "--size", "32", *options]
    return CliRunner().invoke(app, words)


def test_summary_tells_clips_people_classes_and_faces(tmp_path: Path) -> None:
    root = mix_bac(
        tmp_path / "set",
        {"a.avi": ("p", 0.0, face_frames(5)), "b.avi": ("q", 0.1, face_frames(3))},
    )
    result = run("mix-bac", root, tmp_path / "out", "--window-s", "0.4")
    assert result.exit_code == 0, result.output
    assert "clips: 1, videos: 1, people: 1, " in result.stdout
    assert "intoxication: none 1, moderate 0, strong 0" in result.stdout
    assert "found in 100.0% of 4 frames" in result.stdout
    assert ClipStore.open(tmp_path / "out").fingerprint[:16] in result.stdout
    assert "left out: 1: shorter than a window" in result.stderr


def test_windows_of_a_kind_are_its_own_unless_something_else_is_asked_for(tmp_path: Path) -> None:
    root = mix_bac(tmp_path / "set", {"a.avi": ("p", 0.0, face_frames(5))})
    with pytest.raises(UserError, match="1 shorter than a window"):
        raise run("mix-bac", root, tmp_path / "usual").exception  # type: ignore[misc]
    run("mix-bac", root, tmp_path / "whole", "--window-s", "0")
    assert ClipStore.open(tmp_path / "whole").rows[0].frame_count == 5


def test_kept_surroundings_are_warned_of(tmp_path: Path) -> None:
    root = dfew(tmp_path / "set", face_frames(1))
    result = run("dfew", root, tmp_path / "out", "--outside", "keep")
    assert "captions in them can tell a label" in result.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--channels", "2"), "--channels is 2"),
        (("--outside", "black"), "--outside is black but must be grey or keep"),
        (("--min-faces", "40"), "--min-faces is 40 but must be a share"),
        (("--frame-rate", "0"), "--frame-rate is 0 but must be more"),
        (("--window-s", "0", "--stride-s", "2"), "--stride-s is given without --window-s"),
    ],
)
def test_option_without_sense_is_refused_before_any_work(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    root = dfew(tmp_path / "set", face_frames(1))
    error = run("dfew", root, tmp_path / "out", *options).exception
    assert isinstance(error, UserError)
    assert told in str(error)
    assert not (tmp_path / "out").exists()


def test_interrupted_run_tells_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = dfew(tmp_path / "set", face_frames(1))
    looks = iter(range(9))
    follow = FaceFinder.follow

    def stopped(finder: FaceFinder, frames: object) -> object:
        if next(looks) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return follow(finder, frames)  # type: ignore[arg-type]

    monkeypatch.setattr(FaceFinder, "follow", stopped)
    result = run("dfew", root, tmp_path / "out")
    assert result.exit_code == 130
    assert "2 of 5 videos are done" in result.stderr
