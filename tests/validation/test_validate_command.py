"""`vigil validate` as a user runs it: page and JSON, the template, and what it refuses."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from edge_app.commands.validate import app
from edge_app.errors import UserError
from tests.conftest import find_chromium
from tests.validation.studies import STUDY, ddaw_tables, write_study
from tests.views.browser import Browser

DRIVES = {f"p{at}": ((5, 6, 8, 8), (700.0,) if at % 3 else ()) for at in range(12)}
HOSTILE = "<script>alert(1)</script>"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


class _Loads(HTMLParser):
    """What a page would fetch, and its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(tag)
        self.found += [v or "" for k, v in attrs if k in ("src", "href") and v != "data:,"]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    tables = ddaw_tables(DRIVES, columns={"glasses": [HOSTILE, "no"] * 6})
    return write_study(tmp_path / "study", tables)


def test_page_loads_nothing_and_escapes_what_comes_from_the_records(study: Path) -> None:
    out = study.parent / "report.html"
    run("ddaw", "--records", str(study), "--out", str(out))
    page = out.read_text(encoding="utf-8")
    loads = _Loads()
    loads.feed(page)
    assert loads.found == []
    assert HOSTILE not in page and "&lt;script&gt;" in page
    assert not re.search(r"url\(|@import", page)


def test_page_and_json_say_the_same_and_claim_no_conformance(study: Path) -> None:
    out = study.parent / "report.html"
    run("ddaw", "--records", str(study), "--out", str(out))
    page = out.read_text(encoding="utf-8")
    told = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    mean = f"{100 * told['sensitivity']['all']['mean']:.1f} %"
    assert mean == "66.7 %" and mean in page
    assert told["conformance_claimed"] is False and "No conformance is claimed" in page
    assert len(told["missed"]) == page.count("no trace kept") == 4


def test_simulated_study_says_so_everywhere(study: Path) -> None:
    (study / "study.yaml").write_text(STUDY + "simulated: true\n", encoding="utf-8")
    out = study.parent / "report.html"
    said = run("ddaw", "--records", str(study), "--out", str(out))
    assert "simulated" in said
    assert "<strong>Simulated.</strong>" in out.read_text(encoding="utf-8")
    assert json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["simulated"] is True


def test_json_can_be_printed(study: Path) -> None:
    document = json.loads(run("ddaw", "--records", str(study), "--json"))
    assert {check["clause"] for check in document["checks"]} >= {"Part 2, 3.1", "Part 2, 8.1(a)"}


@pytest.mark.parametrize("kind", ["ddaw", "addw"])
def test_template_explains_every_column_and_key_and_reads_once_filled_in(
    tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "new"
    run(kind, "--template", str(folder))
    readme = (folder / "README.md").read_text(encoding="utf-8")
    conditions = {"age_group", "group", "light", "glasses", "camera", "action"}
    for table in folder.glob("*.csv"):
        for column in table.read_text(encoding="utf-8").strip().split(","):
            assert column in conditions or f"`{column}`" in readme, column
    keys = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    for key in [*(k for k in keys if k != kind), *(f"{kind}.{k}" for k in keys[kind])]:
        assert f"`{key}`" in readme, key


def test_template_of_a_study_is_complete_once_its_words_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    run("ddaw", "--template", str(folder))
    words = (folder / "study.yaml").read_text(encoding="utf-8")
    for key, value in (
        ("title", "T"),
        ("date", "2026-11-30"),
        ("system", "Vigil"),
        ("road", "simulator"),
        ("consent", "Signed by all, kept by the study's lead."),
    ):
        words = words.replace(f'{key}: ""', f'{key}: "{value}"', 1)
    tables = ddaw_tables({"ann": ((5, 6, 8), (700.0,))})
    write_study(folder, tables, words)
    assert "100.0 %" in run("ddaw", "--records", str(folder))


def test_template_writes_over_nothing(study: Path) -> None:
    with pytest.raises(UserError, match=r"study\.yaml.* is there already"):
        run("ddaw", "--template", str(study))
    assert (study / "study.yaml").read_text(encoding="utf-8") == STUDY


def test_command_without_records_says_what_it_needs() -> None:
    with pytest.raises(UserError, match="--records DIR"):
        run("ddaw")


def test_report_must_be_a_page(study: Path) -> None:
    with pytest.raises(UserError, match=r"\.html"):
        run("ddaw", "--records", str(study), "--out", str(study / "report.pdf"))


@pytest.mark.parametrize("kind", ["ddaw", "addw"])
def test_report_that_is_no_page_is_refused_before_anything_is_read(
    kind: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"must end in \.html"):
        run(kind, "--records", str(tmp_path / "none"), "--out", str(tmp_path / "report.pdf"))


@pytest.mark.chromium
def test_page_is_no_wider_than_the_screen(study: Path) -> None:
    out = study.parent / "report.html"
    run("ddaw", "--records", str(study), "--out", str(out))
    with Browser(find_chromium() or "", width_px=1280) as browser:
        browser.open(out.as_uri())
        assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth") is True
        drawn = browser.evaluate("document.querySelectorAll('svg circle').length")
        assert isinstance(drawn, int) and drawn > 24
