"""What the documents say is what there is: links lead somewhere, generated pages are current, rows are complete."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from edge_app.configuration.reference import reference_markdown
from edge_app.settings import VigilSettings
from edge_app.telemetry.schemas import json_schemas

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted(
    [*PROJECT.glob("*.md"), *DOCS.glob("*.md"), *(PROJECT / "firmware_configs").glob("*.md")]
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Heading anchors as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(PROJECT)) for page in PAGES])
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(file), f"{target}: no such heading"


def test_configuration_reference_is_what_the_program_prints() -> None:
    written = (DOCS / "configuration-reference.md").read_text(encoding="utf-8")
    assert written == reference_markdown(VigilSettings), (
        "run `vigil config reference --out docs/configuration-reference.md`"
    )


def test_schemas_are_what_the_program_sends() -> None:
    written = {
        path.stem: json.loads(path.read_text()) for path in (DOCS / "schemas").glob("*.json")
    }
    assert written == json_schemas(), "run `python -m edge_app.telemetry.schemas docs/schemas`"


def test_every_dependency_has_its_reason() -> None:
    spec = importlib.util.spec_from_file_location("vigil_setup", PROJECT / "setup.py")
    assert spec is not None and spec.loader is not None
    setup = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(setup)
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8").lower()
    for line in setup.BASE + [line for extra in setup.EXTRAS.values() for line in extra]:
        name = re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0].lower()
        if name.startswith("types-") or name == "setuptools":
            continue
        assert name in text, f"docs/dependencies.md does not say why {name}"


def test_every_setting_named_in_prose_exists() -> None:
    """Keys such as `telemetry.password_file`, wherever a page names them."""
    reference = (DOCS / "configuration-reference.md").read_text(encoding="utf-8")
    rooms = "|".join(VigilSettings.model_fields)
    for page in PAGES:
        if page.name == "configuration-reference.md":
            continue
        for path in re.findall(rf"`((?:{rooms})(?:\.[a-z_]+)+)[`:]", page.read_text()):
            if path.split(".")[1] in {"md", "py", "signals"}:
                continue
            group, _, key = path.rpartition(".")
            section = reference.partition(f"## `{group}`\n")[2].partition("\n## ")[0]
            assert f"| `{key}` |" in section, f"{page.name}: there is no setting {path}"


def test_readme_names_the_two_commands() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_ladder_in_the_documents_is_the_one_in_the_program() -> None:
    text = (DOCS / "alerts.md").read_text(encoding="utf-8")
    alerts, lids = VigilSettings().alerts, VigilSettings().driver_state.lids
    closed, drowsy, away = alerts.closed_eyes, alerts.drowsiness, alerts.distraction
    for phrase in (
        f"eyes closed for {lids.microsleep_s:g} s (for {lids.drifting_microsleep_s:g} s",
        f"for {lids.yawning_microsleep_s:g} s with the mouth wide open",
        f"eyes closed for {lids.sleep_s:g} s |",
        f"eyes closed for {closed.unresponsive_s:g} s, or not open "
        f"{closed.unresponsive_after_alarm_s:g} s after an alarm",
        f"level {drowsy.advice_level:g} | advice",
        f"level {drowsy.warning_level:g} | warning",
        f"{away.glance_fast_s:g} s at {away.fast_kmh:g} km/h and above; {away.glance_slow_s:g} s "
        f"from {away.slow_kmh:g} to {away.fast_kmh:g} km/h",
        f"{away.share_s:g} s within 30 s, at {away.slow_kmh:g} km/h and above",
        f"unavailable for {alerts.degraded.told_after_s:g} s",
        f"fewer than {alerts.degraded.min_frame_rate_hz:g} usable frames/s",
        f"below {drowsy.min_speed_kmh:g} km/h",
        f"below {away.hold_below_kmh:g} km/h",
        f"(up to {alerts.parking.standing_kmh:g} km/h) for more than "
        f"{alerts.parking.clear_distraction_after_s:g} s",
        f"standing for {alerts.parking.parked_after_s:g} s",
        f"silent for {alerts.acknowledge_mute_s:g} s",
        f"voiced for {alerts.brief_voice_s:g} s",
    ):
        assert phrase in " ".join(text.split()), f"docs/alerts.md does not say: {phrase}"
