"""A repository with one release behind a real server, and a vehicle that has its root of trust."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.updates.repository_server import RepositoryServer, serving

if TYPE_CHECKING:
    from tests.updates.fleet import Fleet, Vehicle

# The extra `updates`: its modules are imported at the top by the code and by its tests.
collect_ignore_glob = [] if importlib.util.find_spec("tuf") else ["test_*.py"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.updates.fleet import Fleet

    fleet = Fleet(tmp_path_factory.mktemp("fleet")).begin()
    fleet.publish("1.0.0")
    return fleet.folder


@pytest.fixture
def fleet(first_release: Path, tmp_path: Path) -> Fleet:
    """`tiny 1.0.0` is published in the channel stable."""
    from tests.updates.fleet import Fleet

    shutil.copytree(first_release, tmp_path / "fleet")
    return Fleet(tmp_path / "fleet")


@pytest.fixture
def server(fleet: Fleet) -> Iterator[RepositoryServer]:
    with serving(fleet.folder / "repository") as running:
        yield running


@pytest.fixture
def vehicle(fleet: Fleet, server: RepositoryServer, tmp_path: Path) -> Vehicle:
    from tests.updates.fleet import Vehicle

    root = tmp_path / "root.json"
    shutil.copy(fleet.metadata / "1.root.json", root)
    return Vehicle(tmp_path / "vehicle", server.url, root)
