"""What is installed is what is in the tree: every package, its data, its dependencies, its pins."""

from __future__ import annotations

import ast
import importlib.util
import re
import runpy
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SHIPPED = ("calibration", "driver_simulator", "edge_app", "firmware_configs", "model_compression")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")

# Imported names whose distribution is called otherwise.
DISTRIBUTION = {
    "can": "python-can",
    "serial": "pyserial",
    "ai_edge_litert": "ai-edge-litert",
    "cv2": "opencv-python-headless",
    "paho": "paho-mqtt",
    "pydantic_core": "pydantic",
    "yaml": "pyyaml",
}
# From the system's packages of the device, or from the type checker; never from wheels.
OF_THE_SYSTEM = {"_typeshed", "gi", "libcamera", "picamera2"}


@pytest.fixture(scope="module")
def setup_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vigil_setup", PROJECT / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def distribution_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0].lower() for line in requirements}


def test_every_package_is_listed(setup_module: ModuleType) -> None:
    found = {
        ".".join(path.parent.relative_to(PROJECT).parts)
        for folder in SHIPPED
        for path in (PROJECT / folder).rglob("__init__.py")
    }
    assert sorted(setup_module.PACKAGES) == sorted(found)


def test_every_pattern_of_package_data_finds_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, dict[str, list[str]]] = {}
    monkeypatch.setattr("setuptools.setup", lambda **arguments: given.update(arguments))
    runpy.run_path(str(PROJECT / "setup.py"), run_name="__main__")
    for package, patterns in given["package_data"].items():
        folder = PROJECT.joinpath(*package.split("."))
        for pattern in patterns:
            assert any(folder.glob(pattern)), f"{package}: {pattern} finds nothing"


def test_every_folder_with_code_is_a_package() -> None:
    for folder in SHIPPED:
        for path in (PROJECT / folder).rglob("*.py"):
            assert (path.parent / "__init__.py").is_file(), f"{path.parent} has no __init__.py"


def test_every_import_is_a_declared_dependency(setup_module: ModuleType) -> None:
    declared = distribution_names(
        setup_module.BASE + [line for extra in setup_module.EXTRAS.values() for line in extra]
    )
    for path in sorted((PROJECT / "edge_app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for module in modules:
                root = module.split(".")[0]
                if root in sys.stdlib_module_names or root in {*SHIPPED, *OF_THE_SYSTEM}:
                    continue
                assert DISTRIBUTION.get(root, root).lower() in declared, f"{path}: {root}"


def test_every_base_dependency_is_used(setup_module: ModuleType) -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "edge_app").rglob("*.py")
    )
    module_of = {name: module for module, name in DISTRIBUTION.items()}
    for name in distribution_names(setup_module.BASE):
        module = module_of.get(name, name)
        assert re.search(rf"^\s*(import|from) {module}\b", code, re.MULTILINE), f"{name} is unused"


@pytest.mark.parametrize("python", PYTHONS)
def test_pins_cover_the_base_and_the_tests(setup_module: ModuleType, python: str) -> None:
    text = (PROJECT / "constraints" / f"constraints-{python}.txt").read_text()
    pinned = {line.split("==")[0].lower() for line in text.splitlines() if not line.startswith("#")}
    wanted = setup_module.BASE + setup_module.EXTRAS["dev"] + setup_module.EXTRAS["demo"]
    assert distribution_names(wanted) <= pinned


def test_versions_installed_here_are_the_pinned_ones(setup_module: ModuleType) -> None:
    """`make test` measures what the constraints promise; an environment of another making is not judged."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    stamp = PROJECT / ".venv" / "installed-dev"
    file = PROJECT / "constraints" / f"constraints-{python}.txt"
    if not (stamp.is_file() and Path(sys.prefix) == PROJECT / ".venv" and file.is_file()):
        pytest.skip("not in the .venv that make test makes")
    pins = dict(
        line.split("==") for line in file.read_text().splitlines() if not line.startswith("#")
    )
    for name in distribution_names(setup_module.BASE):
        pin = next(version for pinned, version in pins.items() if pinned.lower() == name)
        assert metadata.version(name) == pin


def test_wheel_and_sdist_hold_data_files_and_command(tmp_path: Path) -> None:
    """Built from a copy, as an installer from the sources would."""
    import shutil
    import subprocess

    source = tmp_path / "source"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(PROJECT / name, source / name)
    for folder in SHIPPED:
        shutil.copytree(
            PROJECT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    command = "import setuptools.build_meta as b; b.build_wheel('out'); b.build_sdist('out')"
    (source / "out").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=source, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    wheel_names = zipfile.ZipFile(next((source / "out").glob("*.whl"))).namelist()
    with tarfile.open(next((source / "out").glob("*.tar.gz"))) as archive:
        sdist_names = {name.split("/", 1)[-1] for name in archive.getnames()}
    data = [
        str(path.relative_to(PROJECT))
        for folder in SHIPPED
        for path in (PROJECT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}
    ]
    assert "edge_app/py.typed" in data
    assert "firmware_configs/raspberry_pi_5.yaml" in data
    assert set(data) <= set(wheel_names)
    assert set(data) <= sdist_names
    assert any(name.endswith("entry_points.txt") for name in wheel_names)
    assert not any(name.startswith("tests/") for name in wheel_names)
