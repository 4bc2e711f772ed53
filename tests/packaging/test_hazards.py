"""The page of hazards names tests that exist, and hides no condition that has none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "hazards.md").read_text(encoding="utf-8")
LINK = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
ROW = re.compile(r"^\| (T\d+) \|.*\|$", re.MULTILINE)
CONDITIONS, WITHOUT = PAGE.split("\n## Without a test\n")


def rows(part: str) -> dict[str, str]:
    """Row by its id."""
    return {match[1]: match[0] for match in ROW.finditer(part)}


def names_in(file: Path) -> set[str]:
    """Names of test functions, read without importing the file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


@pytest.mark.parametrize("link", sorted(set(LINK.findall(PAGE))), ids="::".join)
def test_every_test_that_a_hazard_names_exists(link: tuple[str, str]) -> None:
    file, name = PROJECT / link[0], link[1]
    assert file.is_file(), f"docs/hazards.md names {link[0]}, which is not there"
    assert name in names_in(file), f"docs/hazards.md names {name}, which {link[0]} does not have"


def test_whatever_looks_like_a_test_on_the_page_is_a_link_that_is_checked() -> None:
    assert PAGE.count("::") == len(LINK.findall(PAGE))


def test_conditions_are_numbered_once_and_without_a_gap() -> None:
    ids = [match[1] for match in ROW.finditer(CONDITIONS)]
    assert ids == [f"T{number:02d}" for number in range(1, len(ids) + 1)]


def test_conditions_without_a_test_are_listed_as_such_and_no_others() -> None:
    untested = {name for name, row in rows(CONDITIONS).items() if not LINK.search(row)}
    assert untested == set(rows(WITHOUT))


def test_every_harm_of_a_condition_is_explained_and_every_harm_has_a_condition() -> None:
    explained = set(re.findall(r"^\| \*\*(H\d+)\*\* \|", PAGE, re.MULTILINE))
    named = {
        harm
        for row in rows(CONDITIONS).values()
        for harm in re.findall(r"\bH\d+\b", row.split("|")[3])
    }
    assert named == explained
