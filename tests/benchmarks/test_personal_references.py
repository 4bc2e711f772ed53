"""Simulated drivers whose references are learned: few and short here, many and long in the benchmark itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.personal_measures import PARTS, Row
from benchmarks.personal_references import main


def rows(part: str, *, people: int = 1, hours: float = 0.1, of: str = "") -> list[Row]:
    return [
        row for measure in PARTS[part](people, hours) if of in repr(measure) for row in measure()
    ]


def test_driver_is_known_within_two_minutes() -> None:
    found = rows("convergence", of="narrow eyes")
    assert [row.met for row in found] == [True, True]


def test_glasses_put_on_and_taken_off_have_references_of_their_own() -> None:
    assert [row.met for row in rows("glasses")] == [True, True]


def test_shut_eye_that_lenses_lift_is_caught_when_it_has_been_learned() -> None:
    learned = [row for row in rows("asleep", people=2, of="True, True") if row.met is not None]
    assert [row.met for row in learned] == [True]


@pytest.mark.slow
@pytest.mark.parametrize("kss", [7, 8, 9])
def test_who_starts_drowsy_teaches_nothing_and_is_learned_when_alert(kss: int) -> None:
    assert [row.met for row in rows("drowsy", people=1, of=f"{kss}.0")] == [True, True, True]


@pytest.mark.slow
def test_attentive_drivers_with_narrow_eyes_or_glasses_hear_nothing() -> None:
    learned = [row for row in rows("attentive", people=1, hours=0.5) if row.met is not None]
    assert len(learned) == 3
    assert all(row.met for row in learned), learned


@pytest.mark.slow
def test_who_falls_asleep_is_caught() -> None:
    learned = [row for row in rows("asleep", people=1) if row.met is not None]
    assert len(learned) == 4
    assert all(row.met for row in learned), learned


def test_figures_are_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    assert main(["--parts", "driver_change", "--people", "1", "--json", str(file)]) == 0
    assert "| the same driver after a stop: kept |" in capsys.readouterr().out
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["machine"]["cores"] > 0
    assert len(written["rows"]) == 2
