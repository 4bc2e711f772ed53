"""`vigil simulate-dataset` makes the set that was asked for, and says what to do where it cannot."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
import typer
from typer.testing import CliRunner

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
        ({"size": "40x30"}, "width is 40: Input should be greater than or equal to 160"),
        ({"frame_rate_hz": 1000.0}, "frame-rate is 1000"),
    ],
)
def test_wrong_option_is_told_before_anything_is_written(tmp_path, option, said):
    with pytest.raises(UserError) as error:
        simulate_dataset(out=tmp_path / "set", **{"clips": 3, **option})
    assert said in str(error.value)
    assert not (tmp_path / "set").exists()


def test_command_writes_a_set_and_says_how_many_clips(tmp_path):
    app = typer.Typer()
    app.command()(simulate_dataset)
    words = "--clips 1 --tasks expression --frames 2 --frame-rate 2 --size 160x120 --jobs 1"
    result = CliRunner().invoke(
        app, [*words.split(), "--allow-shared-people", "--out", str(tmp_path / "set")]
    )
    assert result.exit_code == 0, result.output
    assert "clips: 1 of 1 person, 1 drawn now" in result.output
    assert {row["task"] for row in labels_of(tmp_path / "set")} == {"expression"}


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
