"""`vigil train teacher` as it is typed, on one device and on two that share each batch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.model_compression.clips.conftest import TINY, saved
from tests.model_compression.clips.drawn_clips import drawn_set

# No BatchNorm statistics and no random numbers differ between one process and two here: torch has no BatchNorm over
# processes on a CPU, so its statistics are left alone, and the alignment's are exchanged.
ALIKE = ("stages.0.hold_statistics=true", "optimizer=sgd", "ema_decay=0", "gradient_clip=0")


def train(clips: Path, out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    overrides = [word for one in (*TINY, *ALIKE, "stages.0.steps=3") for word in ("--set", one)]
    command = [
        sys.executable,
        "-m",
        "edge_app.commands.main",
        "train",
        "teacher",
        "xception3d-small",
    ]
    return subprocess.run(
        [
            *command,
            "--clips",
            str(clips),
            "--out",
            str(out),
            "--device",
            "cpu",
            "--threads",
            "1",
            *overrides,
            *words,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips")
    for name, words in (("one", ()), ("two", ("--devices", "2"))):
        done = train(clips, tmp_path / name, *words)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("done: 3 steps") == 1, "only one process tells"
    one, two = (saved(tmp_path / name)["state_dict"] for name in ("one", "two"))
    learned = [name for name in one if name.startswith("student.") and one[name].ndim > 1]
    assert len(learned) > 20
    for name in learned:
        assert torch.allclose(one[name], two[name], rtol=1e-3, atol=1e-5), name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--devices", "3"), "--devices 3: a batch of 8 cannot be shared evenly among so many"),
        (
            ("--set", "network.options.classes=5"),
            "network.options.classes is 5, but what is learned",
        ),
        (
            ("--set", "network.options.dropout=2"),
            "dropout of xception3d is from 0 to below 1, not 2",
        ),
        (("--label", "mood"), "label"),
        (("--clips", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_trained_is_told_in_a_sentence(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    done = train(drawn_set(tmp_path / "clips"), tmp_path / "run", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_configuration_of_a_student_is_for_the_other_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edge_app.commands.main", "train", "teacher", "eyes"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "use 'vigil train student'" in done.stderr) == (2, True)
