"""The perception that is measured: as settings, as words of a command line, and what its models run in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.places import NO_FACE_LANDMARKER, Places
from edge_app.bundle.open import BUILT_IN_NAME, find_folder, open_bundle
from edge_app.bundle.sessions import choices_of
from edge_app.configuration.load import load_settings
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import MEDIAPIPE
from edge_app.settings import VigilSettings


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A perception that can be opened here."""

    name: str  # as `perception.model`; the folder of a bundle is absolute
    title: str = ""  # name and version, as the perception tells them
    file: Path | None = None  # MediaPipe's
    runs_in: Mapping[str, str] = field(default_factory=dict)  # runtime and precision of each model

    @property
    def is_bundle(self) -> bool:
        return self.name != MEDIAPIPE

    @property
    def overrides(self) -> list[str]:
        """`key=value`, as of `--set`."""
        values = {"perception.model": self.name, "perception.threads": 1}
        if self.file is not None:
            values["perception.model_file"] = str(self.file)
        # A JSON string is one in YAML too, whatever a path has in it.
        return [f"{key}={json.dumps(value)}" for key, value in values.items()]

    @property
    def settings(self) -> VigilSettings:
        return load_settings(None, self.overrides)


def choose_model(name: str, places: Places) -> ChosenModel:
    """`name` as `perception.model`, or the path of a bundle's folder. Raises `UserError` where it cannot be opened.

    It is opened once here, so that the timing of a bundle's files, once on a machine, is part of no measurement.
    """
    if name == MEDIAPIPE:
        if places.face_landmarker is None:
            raise UserError(f"{NO_FACE_LANDMARKER}.")
        asked = ChosenModel(name, file=places.face_landmarker)
    elif name == BUILT_IN_NAME:
        asked = ChosenModel(name)
    else:
        asked = ChosenModel(str(find_folder(name).absolute()))
    title = open_perception(asked.settings.perception).name
    if not asked.is_bundle:
        return replace(asked, title=title)
    choices = choices_of(open_bundle(asked.name))
    runs_in: dict[str, str] = {part: choice.chosen.words for part, choice in choices.items()}
    return replace(asked, title=title, runs_in=runs_in)
