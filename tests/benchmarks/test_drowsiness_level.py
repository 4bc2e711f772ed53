"""The measurement of the level drives people at several levels, and counts what it says it counts."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.drowsiness_drives import KNOWN, KNOWN_HEAD, UNKNOWN, Extent, signal_rows
from benchmarks.drowsiness_level import main
from benchmarks.drowsiness_table import markdown, summary
from edge_app.driver_state.signals import BlinkReading
from edge_app.driver_state.state import DriverState
from edge_app.settings import VigilSettings


class AlwaysDrowsy:
    def step(self, state: DriverState) -> BlinkReading | None:
        return BlinkReading(0.0, 0.0, 1.0, 10.0, 30)


def row(person: int, kss: int, level: float, **more: Any) -> dict[str, Any]:
    return {
        "layer": "signals",
        "way": UNKNOWN,
        "person": person,
        "kss": kss,
        "mean_level": level,
        "mean_probability": level / 10,
        "mean_confidence": 0.9,
        "advice": 0,
        "warnings": 0,
        "nods": 2,
        "nods_found": 1,
        "head_drops": 1,
        **more,
    }


def test_same_drive_is_judged_of_an_unknown_and_of_a_known_driver_with_and_without_head() -> None:
    extent = Extent(learning_s=240.0, signals_s=75.0, pictures_s=0.0, attentive_s=0.0)
    rows = list(signal_rows(1003, (3, 9), extent, VigilSettings(), AlwaysDrowsy))
    of = {(one["way"], one["kss"]): one for one in rows}
    assert set(of) == {(way, kss) for way in (UNKNOWN, KNOWN, KNOWN_HEAD) for kss in (3, 9)}
    for way in (UNKNOWN, KNOWN):
        assert of[way, 9]["mean_level"] > of[way, 3]["mean_level"] + 2.0
    assert of[KNOWN_HEAD, 3]["mean_level"] == pytest.approx(of[KNOWN, 3]["mean_level"] + 1.0)


def test_summary_ranks_levels_and_counts_alerts() -> None:
    rows = [row(person, kss, kss - 0.5 * person) for person in (1, 2) for kss in (1, 5, 9)]
    rows[2] = {**rows[2], "warnings": 1}
    attentive = {**row(3, 2, 3.0), "kind": "attentive", "hours": 0.5, "advice": 1, "warnings": 0}
    told = summary([*rows, attentive])
    (level,) = told["level"]
    assert level["one_person"] == [1.0, 1.0]
    assert 0.9 < level["rank_correlation"] < 1.0
    assert level["probability_auc"] == 1.0
    assert (level["nods"], level["nods_found"]) == (12, 6)
    assert level["by_kss"][-1]["drives_warned"] == 1
    assert told["attentive"]["warnings"] == 0 and told["attentive"]["advice"] == 1
    text = markdown(told, {"date": "2026-11-30", "git_commit": "x", "cores": 2, "system": "Linux"})
    assert "1 times advice" in text and "| signals | unknown driver | 2 | 6 |" in text


def test_head_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--people", "0", "--attentive-hours", "0", "--blink-head", "no.such:Head"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: --blink-head no.such:Head cannot be loaded")
    assert told.count("\n") == 1


@pytest.mark.parametrize("minutes", ["1", "-3", "nan"])
def test_drive_too_short_for_a_level_is_refused_before_anybody_drives(
    minutes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--people", "1", "--attentive-hours", "0", "--minutes", minutes])
    assert refused.value.code == 2
    assert f"argument --minutes: {minutes} must be above 1" in capsys.readouterr().err
