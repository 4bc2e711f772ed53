"""Where the commissioning report goes: new files in one folder, nothing that is there is written over."""

from __future__ import annotations

import json
from pathlib import Path

from edge_app.aim.commissioning import Commissioning
from edge_app.errors import UserError
from edge_app.kept_folder import can_keep

REPORT, FIGURES, SETTINGS = "commissioning.html", "commissioning.json", "found-settings.yaml"


class ReportFiles:
    """Checked before anybody waits, made with the report. What this run has written it may write anew."""

    def __init__(self, folder: Path) -> None:
        """Raises `UserError` where the report could not be written, or would be written over another."""
        self._folder = folder
        self._own: set[str] = set()
        for name in (REPORT, FIGURES, SETTINGS):
            if (folder / name).exists():
                raise UserError(
                    f"{folder / name}: is there already and is not written over; name another folder with --out"
                )
        if not can_keep(folder.absolute()):
            raise UserError(f"{folder}: cannot be written there; name another folder with --out")

    def path_of(self, name: str) -> Path | None:
        """Of a file that this run has written; None of any other."""
        return self._folder / name if name in self._own else None

    def write(self, page: str, result: Commissioning, *, with_settings: bool) -> Path:
        """Returns the report's path. Raises `UserError`."""
        figures = json.dumps(result.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        contents = {REPORT: page, FIGURES: figures + "\n"}
        if with_settings and result.settings_yaml:
            contents[SETTINGS] = result.settings_yaml
        for name, content in contents.items():
            self._write(name, content)
        return self._folder / REPORT

    def _write(self, name: str, content: str) -> None:
        path = self._folder / name
        partial = path.with_name(f".{name}.partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if name not in self._own:
                path.touch(exist_ok=False)  # somebody else may have been quicker
                self._own.add(name)
            partial.write_text(content, encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            raise UserError(
                f"{path}: cannot be written ({error.strerror}); name another folder with --out"
            ) from error
