"""Small sets for tests: faces from the shipped portrait, so that no photograph is needed."""

from __future__ import annotations

import csv
from pathlib import Path

from driver_simulator.dataset.making import DatasetMaker
from driver_simulator.dataset.settings import DatasetSettings

SMALL = {
    "tasks": ["drowsiness", "intoxication"],
    "clips": 3,
    "frames": 3,
    "frame_rate_hz": 4.0,
    "width_px": 160,
    "height_px": 120,
    "shared_people": True,
}


def small(**changes: object) -> DatasetSettings:
    return DatasetSettings.model_validate({**SMALL, **changes})


def made(root: Path, settings: DatasetSettings | None = None, **options: object) -> Path:
    DatasetMaker(root, settings or small(), **options).make()  # type: ignore[arg-type]
    return root


def labels_of(root: Path) -> list[dict[str, str]]:
    with (root / "labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def clip_of(root: Path, row: dict[str, str]) -> Path:
    return root / row["split"] / row["task"] / f"{row['clip']}.mp4"
