"""What docs/vehicle-inputs.md shows can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from edge_app.vehicle.bus_settings import CanProviderSettings
from edge_app.vehicle.settings import VehicleSettings
from edge_app.vehicle.values import VehicleValues

PAGE = Path(__file__).resolve().parents[2] / "docs" / "vehicle-inputs.md"
EXAMPLES = [
    block
    for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if block.startswith("vehicle:")
]
ALTERNATIVES = [
    re.sub(r"^  provider:.*\n# ", "  ", block, flags=re.MULTILINE)
    for block in EXAMPLES
    if "\n# provider" in block
]


@pytest.mark.parametrize("example", EXAMPLES + ALTERNATIVES)
def test_example_is_a_valid_configuration(example):
    VehicleSettings.model_validate(yaml.safe_load(example)["vehicle"])


def test_every_type_is_described_and_none_else():
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("|---")[2].partition("\n\n")[0]
    known = set(re.findall(r"^\| `(\w+)` ", table, re.MULTILINE)) | {"none"}
    schema = VehicleSettings.model_json_schema()
    assert known == set(schema["properties"]["provider"]["discriminator"]["mapping"])


def test_names_of_the_first_example_are_those_of_the_dbc_file():
    pytest.importorskip("cantools", reason="the extra `can` is not installed")
    from edge_app.vehicle.can_signals import CanSignals

    provider = yaml.safe_load(EXAMPLES[0])["vehicle"]["provider"]
    provider["database"] = Path(__file__).with_name("car.dbc")
    signals = CanSignals(CanProviderSettings.model_validate(provider), VehicleValues(2.0))
    assert {each["can_id"] for each in signals.filters} == {0x121, 0x201, 0x18FEF1FE}
