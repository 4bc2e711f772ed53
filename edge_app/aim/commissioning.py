"""The result of commissioning as one object, and as the JSON that is kept: figures and words, no picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_app.aim.finding import AimFinding, Verdict, gravest
from edge_app.aim.look import Look

FORMAT = "vigil-commissioning-1"


@dataclass(frozen=True, slots=True)
class Commissioning:
    """with_steps: the driver was led through the steps; else the camera was only looked through."""

    written_at: str  # ISO 8601 with the zone
    vehicle_id: str
    vigil: str
    bundle: str
    camera: str
    lens: str
    with_steps: bool
    findings: tuple[AimFinding, ...]
    settings_yaml: str
    drawn: Look | None
    picture_jpeg: bytes | None = None  # only where the installer said yes

    @property
    def verdict(self) -> Verdict:
        """`unknown`: not complete. Without steps what was not told counts for nothing, save camera and face."""
        if self.with_steps:
            return gravest(
                finding
                for finding in self.findings
                if finding.verdict is not Verdict.UNKNOWN or finding.key not in _NOT_EVERY_MODEL
            )
        told = [
            finding
            for finding in self.findings
            if finding.verdict is not Verdict.UNKNOWN or finding.key in _ALWAYS_ASKED
        ]
        worst = gravest(told)
        return Verdict.FAIL if worst is Verdict.UNKNOWN else worst

    @property
    def words(self) -> str:
        return _WORDS[self.verdict]

    def to_json(self) -> Mapping[str, object]:
        size = [self.drawn.width_px, self.drawn.height_px] if self.drawn else None
        return {
            "format": FORMAT,
            "written_at": self.written_at,
            "vehicle_id": self.vehicle_id,
            "vigil": self.vigil,
            "bundle": self.bundle,
            "camera": {"source": self.camera, "size_px": size, "lens": self.lens},
            "with_steps": self.with_steps,
            "verdict": self.verdict.value,
            "checks": [
                {
                    "key": finding.key,
                    "label": finding.label,
                    "verdict": finding.verdict.value,
                    "found": finding.found,
                    "need": finding.need,
                    "to_do": finding.to_do,
                    "value": None if finding.value is None else round(finding.value, 4),
                    "unit": finding.unit,
                }
                for finding in self.findings
            ],
            "settings_found": self.settings_yaml,
        }


_ALWAYS_ASKED = ("camera", "face")
_NOT_EVERY_MODEL = ("glasses", "sharpness")  # tells them
_WORDS = {
    Verdict.OK: "Passed",
    Verdict.WARN: "Passed with remarks",
    Verdict.FAIL: "Failed",
    Verdict.UNKNOWN: "Not complete",
}
