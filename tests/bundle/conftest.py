"""A cache of the test's own: nothing is remembered from one test to the next, or put into the user's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle.bundles import write_bundle


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "vigil"


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "v1", version="1.0.0")
    return tmp_path / "v1"


@pytest.fixture
def version_2(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "v2", version="2.0.0")
    return tmp_path / "v2"


@pytest.fixture
def nothing_is_left_over(cache: Path) -> Iterator[None]:
    yield
    left = [path for path in cache.rglob(".*") if path.name != ".lock"]
    assert left == []
