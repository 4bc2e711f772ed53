"""A stopwatch around each model inside a perception, whichever perception it is."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from benchmarks.stopwatch import Stopwatch, Timed
from edge_app.face.observation import Perception
from edge_app.face.student_perception import StudentPerception, StudentSessions

_OF_MEDIAPIPE = ("detector", "landmarker", "blendshapes")


def stage_of(model: str) -> str:
    return f"model {model}"


def time_models(perception: Perception, watch: Stopwatch) -> list[str]:
    """From here on every forward pass is a stage, see `stage_of`. Returns the models' names."""

    def timed(model: str, session: object) -> Any:
        return Timed(session, watch, {"run": stage_of(model)})

    if not isinstance(perception, StudentPerception):
        for model in _OF_MEDIAPIPE:
            setattr(perception, f"_{model}", timed(model, getattr(perception, f"_{model}")))
        return list(_OF_MEDIAPIPE)
    loaded = {
        each.name: getattr(perception._sessions, each.name) for each in fields(StudentSessions)
    }
    sessions = {model: timed(model, session) for model, session in loaded.items() if session}
    perception._sessions = StudentSessions(**sessions)
    perception._detector._session = sessions["detector"]
    if perception.temporal is not None:
        sessions["temporal"] = timed("temporal", perception.temporal.session)
        perception.temporal = replace(perception.temporal, session=sessions["temporal"])
    return list(sessions)
