"""The reference of all keys of a scenario as Markdown, generated from its settings classes."""

from __future__ import annotations

from driver_simulator.scenario.scenario import Scenario
from edge_app.configuration.reference import reference_markdown

_HEAD = """# Scenario reference

Generated from the program by `vigil simulate --reference`; do not edit. [How to write one](simulator.md) says what the
keys mean together. What has a default may be left out. `behaviours` takes groups of the kinds described below, told
apart by `type`, in any order; `light`, `vehicle` and `state` take spans in order of time, the first one from 0.
"""


def scenario_reference() -> str:
    return reference_markdown(Scenario, _HEAD)
