"""`python -m benchmarks.plain_network` says in a sentence what it lacks; it needs no torch to say so."""

from __future__ import annotations

import sys

import pytest

from benchmarks.plain_network import main


def test_missing_torch_is_told_with_the_extra_that_brings_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as good as not installed
    assert main([str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the plain network needs the package torch: pip install")
    assert "[train]" in error
    assert error.count("\n") == 1


def test_folder_without_a_set_is_told(tmp_path, capsys):
    pytest.importorskip("torch", reason="no torch: install the extra train")
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'dataset.yaml'}: there is no such set\n"
