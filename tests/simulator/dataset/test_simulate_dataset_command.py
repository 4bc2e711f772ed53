"""`vigil simulate-dataset` makes the set that was asked for, and says what to do where it cannot."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from driver_simulator.commands.simulate_dataset import simulate_dataset
from edge_app.errors import UserError
from tests.simulator.dataset.sets import labels_of


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            {"tasks": "drowsiness,anger"},
            "--tasks is drowsiness,anger but must be some of drowsiness",
        ),
        ({"tasks": "drowsiness,drowsiness"}, "each once"),
        ({"size": "320"}, "--size is 320 but must be WIDTHxHEIGHT"),
        (
            {"size": "40x30"},
            "--size is 40x30 but must be WIDTHxHEIGHT in pixels, even numbers from",
        ),
        ({"size": "321x240"}, "even numbers from 160x120 to 1920x1080"),
        ({"size": "99999x99999"}, "even numbers from 160x120 to 1920x1080"),
        ({"size": f"{'9' * 5000}x240"}, "even numbers from 160x120 to 1920x1080"),
        (
            {"frame_rate_hz": 1000.0},
            "--frame-rate is 1000.0 but must be a number from 1 to 120",
        ),
        (
            {"clips_per_drive": 101},
            "--clips-per-drive is 101 but must be a whole number from 1 to 100",
        ),
    ],
)
def test_wrong_option_is_told_before_anything_is_written(tmp_path, option, said):
    with pytest.raises(UserError) as error:
        simulate_dataset(out=tmp_path / "set", **{"clips": 3, **option})
    assert said in str(error.value)
    assert not (tmp_path / "set").exists()


def invoked(root: Path, words: str) -> Result:
    app = typer.Typer()
    app.command()(simulate_dataset)
    small = "--frames 2 --frame-rate 2 --size 160x120 --jobs 1 --allow-shared-people"
    return CliRunner().invoke(app, [*words.split(), *small.split(), "--out", str(root)])


def test_command_writes_a_set_and_says_how_many_clips(tmp_path):
    result = invoked(tmp_path / "set", "--clips 1 --tasks expression")
    assert result.exit_code == 0, result.output
    assert "clips: 1 of 1 person from 1 photograph, 1 drawn now" in result.output
    assert {row["task"] for row in labels_of(tmp_path / "set")} == {"expression"}


def test_classes_without_a_clip_are_told_with_how_many_clips_it_takes(tmp_path):
    result = invoked(tmp_path / "set", "--clips 2 --tasks drowsiness --label-noise 0")
    assert result.exit_code == 0, result.output
    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert warnings == [
        "warning: classes without a clip: drowsiness in val (all); drowsiness in test (all); it takes"
        " --clips 10 or more for each class in each split"
    ]


def test_set_with_every_class_warns_of_nothing_and_says_that_splits_share_faces(tmp_path):
    result = invoked(tmp_path / "set", "--clips 10 --tasks drowsiness --label-noise 0")
    assert result.exit_code == 0, result.output
    assert "clips: 10 of 3 people from 1 photograph" in result.stdout
    assert "people are shared" in result.stdout
    assert result.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stopped_command_keeps_what_is_drawn_and_ends_its_processes(tmp_path, sent):
    root = tmp_path / "set"
    words = "simulate-dataset --clips 60 --frames 2 --size 160x120 --clips-per-drive 1 --jobs 2"
    command = subprocess.Popen(
        [
            *(sys.executable, "-c", "from edge_app.commands.main import main; main()"),
            *(*words.split(), "--allow-shared-people", "--out", str(root)),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    drawn = root / "drawn.csv"
    until_s = time.monotonic() + 120
    while time.monotonic() < until_s and command.poll() is None:
        if drawn.is_file() and len(drawn.read_text().splitlines()) > 2:
            break
        time.sleep(0.05)
    command.send_signal(sent)
    # The pipes end when the last of the processes has.
    _, said = command.communicate(timeout=120)
    assert command.returncode == 130, said
    assert "the same command goes on" in said
    assert not (root / "labels.csv").exists()
    assert {row.split(",")[0] for row in drawn.read_text().splitlines()[1:]} <= {
        clip.stem for clip in root.rglob("*.mp4")
    }
