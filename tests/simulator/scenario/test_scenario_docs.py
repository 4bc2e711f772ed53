"""The pages on scenarios name every key, every column and every option as they are."""

from __future__ import annotations

import re
from pathlib import Path

from driver_simulator.scenario.load import load_scenario
from driver_simulator.scenario.reference import scenario_reference
from driver_simulator.scenario.truth_file import EVENT_COLUMNS, ROW_COLUMNS

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "simulator.md").read_text(encoding="utf-8")


def test_reference_is_what_the_program_prints():
    written = (DOCS / "scenario-reference.md").read_text(encoding="utf-8")
    assert written == scenario_reference(), (
        "run `vigil simulate --reference > docs/scenario-reference.md`"
    )


def test_scenario_of_the_page_is_one(tmp_path):
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    file = tmp_path / "late_home.yaml"
    file.write_text(example[1])
    assert load_scenario(file).name == "late_home"


def test_every_column_of_the_truth_is_explained():
    named = re.findall(r"`(\w+?)(_…)?`", PAGE)
    whole = {name for name, rest in named if not rest}
    beginnings = tuple(f"{name}_" for name, rest in named if rest)
    for column in ROW_COLUMNS:
        assert column in whole or column.startswith(beginnings), f"docs/simulator.md: {column}"
    for column in ("onset_s", "full_from_s", "full_until_s", "end_s", "scripted"):
        assert column in EVENT_COLUMNS and column in whole
