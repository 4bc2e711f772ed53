"""Results on disk, a line for each job, so that a stopped run goes on where it was.

They hold for the code and settings that made them: any change of those starts afresh.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from driver_simulator.suite.job import Result
from edge_app.settings import VigilSettings

_CODE = (
    "driver_simulator",
    *(
        f"edge_app/{room}"
        for room in ("alerts", "bundle", "bundles", "camera", "driver_state", "face", "inference")
    ),
    "edge_app/judgement.py",
    "edge_app/monitor.py",
)
_KINDS = (".py", ".yaml", ".npz", ".jpg", ".tflite", ".onnx")


class KeptResults:
    """What has been driven so far. Used from one process."""

    def __init__(self, file: Path, fingerprint: str) -> None:
        self._file = file
        self._fingerprint = fingerprint
        self.results: dict[str, Result] = {}
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._read(line)
        if not self.results:
            file.write_text("", encoding="utf-8")

    def add(self, result: Result) -> None:
        self.results[result["key"]] = result
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"fingerprint": self._fingerprint, **result}) + "\n")

    def _read(self, line: str) -> None:
        try:
            result = json.loads(line)
        except json.JSONDecodeError:  # a line that was being written when the machine stopped
            return
        if result.pop("fingerprint", None) == self._fingerprint:
            self.results[result["key"]] = result


def fingerprint(settings: VigilSettings) -> str:
    """Of the code that draws, reads and judges, of its data, and of the settings."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for name in _CODE:
        place = root / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in _KINDS and path.is_file():
                digest.update(str(path.relative_to(root)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
