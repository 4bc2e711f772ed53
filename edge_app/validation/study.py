"""`study.yaml`: what was studied, with which system, how it was measured, and that the people agreed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from edge_app.configuration.load import read_layers, validated
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel

STUDY_FILE = "study.yaml"

Kind = Literal["ddaw", "addw"]
OBSERVED: dict[Kind, str] = {"ddaw": "ratings.csv", "addw": "trials.csv"}
"""The table that only a study of this kind has."""

AlertName = Literal[
    "microsleep", "sleep", "unresponsive", "drowsiness", "off_road_glance", "off_road_share"
]
LevelName = Literal["advice", "warning", "alarm", "unresponsive"]
Zone = Literal["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"]
"""Fixation zones of EU 2023/2590, Annex I, Part 2, point 1.4.2."""


class DdawMethod(SettingsModel):
    """How drowsiness was measured, and which warnings count as the system's."""

    rating_interval_min: float = Field(
        5.0,
        gt=0,
        le=120,
        description="Time between two ratings once a first one of 6 or more was given, minutes. The regulation asks"
        " for about 5.",
    )
    learning_phase_min: float = Field(
        0.0,
        ge=0,
        le=240,
        description="How long the system learns after it became active, minutes; its results are left out, for 30"
        " minutes at most.",
    )
    affected_by_light: bool = Field(
        True, description="Whether light affects the system; a camera's, yes."
    )
    warnings: tuple[AlertName, ...] = Field(
        ("drowsiness", "microsleep", "sleep", "unresponsive"),
        min_length=1,
        description="Alerts that count as a warning of drowsiness. Choose before the data are seen.",
    )
    least_level: LevelName = Field(
        "warning",
        description="Quieter ones are information ahead of the warning, and do not count.",
    )


class AddwMethod(SettingsModel):
    """Which warnings count as the system's, and what the vehicle does not have."""

    warnings: tuple[AlertName, ...] = Field(
        ("off_road_glance", "off_road_share"),
        min_length=1,
        description="Alerts that count as a warning of distraction. Choose before the data are seen.",
    )
    least_level: LevelName = Field("warning", description="Quieter ones do not count.")
    zones_without: tuple[Zone, ...] = Field(
        (),
        description="Zones a to n of the regulation that the vehicle does not have, or not below 30 degrees.",
    )
    affected_by_light: bool = Field(
        True, description="Whether light affects the system; a camera's, yes."
    )


class Study(SettingsModel):
    """A study as it was planned. The tables beside this file hold what came out."""

    title: str = Field(min_length=1, description="Name of the study.")
    date: str = Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        json_schema_extra={"allowed": 'a date in quotes, "YYYY-MM-DD"'},
        description='When it was finished, in quotes: "YYYY-MM-DD".',
    )
    system: str = Field(min_length=1, description="System and version under test.")
    configuration: str = Field(
        "", description="Profile, changed settings and bundle of models under test."
    )
    road: Literal["open_road", "test_track", "simulator"] = Field(
        description="Where it was driven; the regulation's limits depend on it."
    )
    consent: str = Field(
        min_length=20,
        json_schema_extra={"allowed": "a sentence of 20 characters or more"},
        description="Which consent the participants gave, to what, and where it is kept. No names.",
    )
    description: str = Field("", description="Anything a reader of the report must know.")
    simulated: bool = Field(
        False, description="Scripted drivers, no people: shows consistency, not accuracy."
    )
    ddaw: DdawMethod = Field(DdawMethod(), description="Of drowsiness.")
    addw: AddwMethod = Field(AddwMethod(), description="Of distraction.")


def load_study(folder: Path, kind: Kind) -> Study:
    """Raises `UserError` where the folder or its study.yaml is missing, of the other kind, or says what cannot be."""
    file = folder / STUDY_FILE
    if not folder.exists():
        raise UserError(
            f"{folder}: there is no such folder; `vigil validate {kind} --template {folder}` makes one to fill in"
        )
    if not folder.is_dir():
        raise UserError(f"{folder}: is a file; give the study's folder with --records")
    if not file.is_file():
        raise UserError(
            f"{file}: is missing; `vigil validate {kind} --template OTHER_FOLDER` writes one to fill in"
        )
    other: Kind = "addw" if kind == "ddaw" else "ddaw"
    if not (folder / OBSERVED[kind]).exists() and (folder / OBSERVED[other]).exists():
        raise UserError(
            f"{folder}: has {OBSERVED[other]} and no {OBSERVED[kind]}; compute it with `vigil validate {other}`"
        )
    return validated(Study, read_layers(file))
