"""`vigil train student` as it is typed."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.train import app
from model_compression.training.network_file import read_network
from tests.model_compression.training.test_training_run import stop_at

Write = Callable[..., Path]


def train(config: Path, out: Path, *words: str) -> int:
    arguments = ["student", str(config), "--out", str(out), "--device", "cpu", "--threads", "1"]
    result = CliRunner().invoke(app, [*arguments, *words], catch_exceptions=True)
    if isinstance(result.exception, UserError):
        raise result.exception
    return result.exit_code


def test_command_trains_and_is_continued(
    write_config: Write, tmp_path: Path, tiny_students: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, out = write_config(), tmp_path / "run"
    with monkeypatch.context() as patch:
        stop_at(4, signal.SIGTERM, patch)
        assert train(config, out) == 143
    assert not (out / "student.pt").exists(), "nothing was validated yet"
    assert train(config, out, "--resume") == 0
    assert read_network(out).step > 0
    assert train(config, out, "--fresh", "--set", "seed=9") == 0


def test_weights_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "student.pt"
    for content in (b"", b"not a file of weights"):
        file.write_bytes(content)
        with pytest.raises(UserError, match=r"student\.pt: is not a file of weights"):
            read_network(tmp_path)
    torch.save({"format": 99, "state_dict": {}}, file)
    with pytest.raises(UserError, match="is not a network of format 1"):
        read_network(tmp_path)


def test_folder_that_cannot_be_made_is_one_sentence(write_config: Write, tmp_path: Path) -> None:
    config = write_config()
    with pytest.raises(UserError, match="is a file; name a folder"):
        train(config, config)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_missing_cuda_device_is_one_sentence(write_config: Write, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="torch finds no CUDA device here"):
        train(write_config(), tmp_path / "run", "--device", "cuda")


def test_damaged_record_of_a_run_is_one_sentence(
    write_config: Write, tmp_path: Path, tiny_students: None
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "run.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read; begin afresh with --fresh"):
        train(write_config(), out, "--resume")
