"""The weights that a training may go on from fit the students as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from model_compression.training.network_file import read_network

FOLDER = Path(__file__).resolve().parents[3] / "model_compression" / "starting_points"


@pytest.mark.parametrize("part", ["detector", "expression", "eyes", "face", "temporal", "blinks"])
def test_starting_point_is_a_student_of_its_part(part: str) -> None:
    file = read_network(FOLDER / f"{part}.pt")
    assert file.part == part
    assert sum(weights.numel() for weights in file.network().parameters()) > 10_000
