"""Every device profile is one that the program itself can load, and sets what devices differ in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from edge_app.configuration.load import load_settings, profile_names

FOLDER = Path(__file__).resolve().parents[2] / "firmware_configs"
PROFILES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
SET_BY_EVERY_PROFILE = {
    "camera": {"source", "width_px", "height_px", "frame_rate_hz"},
    "perception": {"threads", "runtime"},
    "cabin": {"outputs"},
}
SET_BY_SOME = {"camera": {"exposure_longest_ms"}, "service": {"pace"}}


def test_program_offers_its_devices() -> None:
    offered = profile_names()
    pis = {f"raspberry_pi_{model}" for model in ("zero_2_w", "4", "5", "5_infrared")}
    assert pis | {"jetson_orin_nano", "x86_64"} <= set(offered)
    assert sorted(offered) == PROFILES


@pytest.mark.parametrize("name", PROFILES)
def test_profile_sets_what_devices_differ_in_and_nothing_else(name: str) -> None:
    written = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    needed = SET_BY_EVERY_PROFILE
    for group, keys in needed.items():
        assert keys <= set(written[group])
    for group, values in written.items():
        assert set(values) <= needed.get(group, set()) | SET_BY_SOME.get(group, set())


@pytest.mark.parametrize("name", PROFILES)
def test_profile_loads_and_its_values_hold(name: str, tmp_path: Path) -> None:
    config = tmp_path / "vigil.yaml"
    config.write_text(f"profile: {name}\nunit:\n  vehicle_id: van-07\n")
    settings = load_settings(config)
    written = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    assert settings.unit.vehicle_id == "van-07"
    for output, wanted in zip(settings.cabin.outputs, written.pop("cabin")["outputs"], strict=True):
        assert wanted.items() <= output.model_dump(mode="json").items()
    pace = written.pop("service", {}).get("pace", {})
    assert pace.items() <= settings.service.pace.model_dump(mode="json").items()
    for group, values in written.items():
        for key, value in values.items():
            assert getattr(getattr(settings, group), key) == value


@pytest.mark.parametrize("name", PROFILES)
def test_table_in_readme_tells_what_the_profile_says(name: str) -> None:
    written = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    camera, perception = written["camera"], written["perception"]
    row = next(
        line
        for line in (FOLDER / "README.md").read_text().splitlines()
        if line.startswith(f"| `{name}`")
    )
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == f"`{camera['source']}`"
    assert cells[2] == f"{camera['width_px']}×{camera['height_px']}"
    assert cells[3] == f"{camera['frame_rate_hz']}"
    assert cells[4] == f"{perception['threads']}"
    assert re.match(perception["runtime"], cells[5], re.IGNORECASE)
