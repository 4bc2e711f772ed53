"""The house stays a house: imports point one way, clocks stand where they may, files stay rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
EDGE_APP = PROJECT / "edge_app"
SIBLINGS = {"model_compression", "driver_simulator", "fleet_dashboard"}
LONGEST_FILE = 500

# driver_state and alerts are replayed from traces: the same inputs give the same alerts, whatever the hour. Files
# are named where they are the thing that meets time: the loop, its commands and pages.
MAY_READ_A_CLOCK = (
    "camera",
    "telemetry",
    "views",
    "commands",
    "alerts/outputs",
    "alerts/acknowledge",
    "service",
    "vehicle/values.py",
    "vehicle/obd.py",
    "vehicle/elm327.py",
    "bundle/timing_child.py",
    "live.py",
    "monitor.py",
)
# The closed list of reasons is a vocabulary that every room speaks.
VOCABULARY = "edge_app.driver_state.signals."
CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(PROJECT)) for path in paths]


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def clock_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, what) of each use of a clock: `time.monotonic`, `datetime.now`, or such a function by its bare name."""
    bare = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
        if alias.name in CLOCKS["time"]
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            owner_name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if node.attr in CLOCKS.get(owner_name, set()):
                yield node.lineno, f"{owner_name}.{node.attr}"
        elif isinstance(node, ast.Name) and node.id in bare:
            yield node.lineno, node.id


@pytest.mark.parametrize("path", modules(EDGE_APP), ids=names(modules(EDGE_APP)))
def test_program_in_the_vehicle_imports_no_training_and_no_sibling(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(parsed(path))}
    assert not roots & (SIBLINGS | {"torch"})


@pytest.mark.parametrize(
    "path", modules(EDGE_APP / "driver_state"), ids=names(modules(EDGE_APP / "driver_state"))
)
def test_driver_state_imports_only_numpy_pydantic_calibration_and_itself(path: Path) -> None:
    import sys

    for name in imports(parsed(path)):
        root = name.split(".")[0]
        if root == "edge_app":
            assert name.startswith(("edge_app.driver_state.", "edge_app.settings_model."))
        elif root == "calibration":
            assert name.startswith(("calibration.driver.", "calibration.camera."))
        else:
            assert root in {"numpy", "pydantic"} or root in sys.stdlib_module_names
            assert root not in {"time", "socket", "threading", "subprocess", "os", "random"}


@pytest.mark.parametrize(
    "room",
    [
        *("camera", "bundle", "face", "inference", "driver_state"),
        *("vehicle", "alerts", "telemetry", "commanding", "trace", "sound"),
    ],
)
def test_rooms_do_not_look_to_the_right_of_themselves(room: str) -> None:
    """The way of a frame is camera, face, driver_state, alerts, telemetry; nothing reaches back up it."""
    later = {
        "camera": ("face", "inference", "driver_state", "alerts", "telemetry", "views", "commands"),
        "bundle": ("camera", "face", "driver_state", "alerts", "telemetry", "views", "commands"),
        "inference": ("camera", "face", "driver_state", "alerts", "telemetry", "views", "commands"),
        "face": ("alerts", "telemetry", "views", "commands", "vehicle"),
        "driver_state": ("camera", "face", "alerts", "telemetry", "views", "commands", "vehicle"),
        "vehicle": ("camera", "face", "driver_state", "alerts", "telemetry", "views", "commands"),
        "alerts": ("face", "telemetry", "trace", "views", "commands"),
        "telemetry": ("camera", "face", "inference", "bundle", "trace", "views", "commands"),
        "commanding": ("camera", "face", "inference", "views", "commands"),
        "trace": ("views", "commands"),
        "sound": ("alerts", "telemetry", "trace", "views", "commands", "vehicle"),
    }[room]
    for path in modules(EDGE_APP / room):
        for name in imports(parsed(path)):
            reaches_on = name.startswith(tuple(f"edge_app.{other}." for other in later))
            assert not reaches_on or name.startswith(VOCABULARY), (
                f"{path.relative_to(PROJECT)} imports {name}"
            )


def test_nothing_but_the_analysis_of_recordings_hears() -> None:
    """`vigil run` has no ears: privacy, and the way of a frame costs nothing for what is asked of recordings."""
    hearing = {
        str(path.relative_to(EDGE_APP))
        for path in modules(EDGE_APP)
        if any(name.startswith("edge_app.sound") for name in imports(parsed(path)))
    }
    assert {name for name in hearing if not name.startswith("sound/")} == {
        "commands/analyze.py",
        "recording.py",
        "views/fused_section.py",
        "views/report.py",
    }


def test_simulator_needs_no_training_and_no_fleet() -> None:
    for path in modules(PROJECT / "driver_simulator"):
        roots = {name.split(".")[0] for name in imports(parsed(path))}
        assert not roots & {"torch", "model_compression", "fleet_dashboard", "benchmarks"}, path


def test_what_is_expected_of_a_script_knows_nothing_of_how_it_is_estimated() -> None:
    """The oracle reads truth and settings: else it would make the estimators' mistakes."""
    for name in ("courses.py", "expected.py"):
        for imported in imports(parsed(PROJECT / "driver_simulator" / "suite" / name)):
            assert not imported.startswith(("edge_app.driver_state.", "edge_app.alerts.policy"))
            assert "rule" not in imported


def test_calibration_is_a_leaf() -> None:
    for path in modules(PROJECT / "calibration"):
        roots = {name.split(".")[0] for name in imports(parsed(path))}
        assert not roots & (SIBLINGS | {"edge_app"}), path


@pytest.mark.parametrize("path", modules(EDGE_APP), ids=names(modules(EDGE_APP)))
def test_only_camera_telemetry_and_the_loop_read_a_clock(path: Path) -> None:
    if str(path.relative_to(EDGE_APP)).startswith(MAY_READ_A_CLOCK):
        return
    assert list(clock_reads(parsed(path))) == []


def test_every_form_of_reading_a_clock_is_noticed() -> None:
    source = (
        "import time\nfrom time import monotonic as now\nimport datetime\n"
        "time.time()\nnow()\ndatetime.datetime.now()\ntimer = time.perf_counter\ntime.sleep(1)\n"
    )
    lines = [line for line, _ in clock_reads(ast.parse(source))]
    assert sorted(lines) == [4, 5, 6, 7]


def test_python_files_stay_rooms() -> None:
    for folder in (
        "edge_app",
        "calibration",
        "driver_simulator",
        "model_compression",
        "benchmarks",
        "tests",
        "firmware_configs",
    ):
        for path in modules(PROJECT / folder):
            length = len(path.read_text(encoding="utf-8").splitlines())
            assert length <= LONGEST_FILE, f"{path.relative_to(PROJECT)} has {length} lines"


def test_every_module_says_what_it_is_for() -> None:
    for path in modules(EDGE_APP):
        assert ast.get_docstring(parsed(path)), f"{path.relative_to(PROJECT)} has no docstring"
