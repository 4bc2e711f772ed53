"""The page on training names every key of a configuration and every option of the command, as they are."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from edge_app.configuration.reference import reference_markdown
from model_compression.commands.train import app
from model_compression.training.config import TrainConfig

PAGE = Path(__file__).resolve().parents[3] / "docs" / "training.md"
MARK = "<!-- Generated from `TrainConfig`; a test compares. -->"


def reference() -> str:
    """The tables of keys, one heading lower than on a page of their own."""
    tables = reference_markdown(TrainConfig)
    return tables[tables.index("| key |") :].replace("\n## ", "\n### ")


def test_keys_on_the_page_are_those_of_the_program() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.split(MARK)[1].strip() == reference().strip()


def test_every_option_of_the_command_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    options = group.commands["student"].params  # type: ignore[attr-defined]
    names = [name for option in options for name in option.opts if name.startswith("--")]
    assert len(names) > 5
    assert [name for name in names if name not in page] == []
    assert "--out" in CliRunner().invoke(app, ["student", "--help"]).output
