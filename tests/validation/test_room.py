"""The room of studies is offline: nothing that runs in the vehicle loads it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

EDGE_APP = Path(__file__).resolve().parents[2] / "edge_app"


def test_nothing_but_its_command_knows_the_room() -> None:
    knowing = set()
    for path in EDGE_APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module is not None and module.startswith("edge_app.validation"):
                knowing.add(path.relative_to(EDGE_APP).parts[:-1] or path.name)
    assert knowing == {("validation",), ("commands",)}


def test_command_loads_the_room_only_when_it_computes() -> None:
    code = (
        "import sys, edge_app.commands.validate;"
        "sys.exit(any(name.startswith('edge_app.validation') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
