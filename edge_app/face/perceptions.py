"""Which perception to run: the one that the settings name, imported only when chosen."""

from __future__ import annotations

from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.face.settings import MEDIAPIPE, PerceptionSettings


def open_perception(settings: PerceptionSettings) -> Perception:
    """Load the models. Raises `UserError` where they are missing, damaged, or cannot do what is asked."""
    if settings.model == MEDIAPIPE:
        return _mediapipe(settings)
    if settings.model_file is not None:
        raise UserError(
            "perception.model_file is MediaPipe's model, but perception.model names a bundle; set"
            f" perception.model to {MEDIAPIPE}, or leave out the file."
        )
    from edge_app.face.student_bundle import open_student

    return open_student(settings)


def _mediapipe(settings: PerceptionSettings) -> Perception:
    if settings.runtime not in ("auto", "litert"):
        raise UserError(
            f"perception.runtime is {settings.runtime}, but MediaPipe's models run in litert only; set"
            " it to auto."
        )
    if settings.expression:
        raise UserError(
            "perception.expression is on, but MediaPipe's models do not read expressions; switch it"
            " off, or choose a bundle as perception.model."
        )
    from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
    from edge_app.inference.model_files import FACE_LANDMARKER, find_model

    path = find_model(FACE_LANDMARKER.file_name, explicit=settings.model_file)
    return MediaPipeLandmarker(path, threads=settings.threads)
