"""Which perception to run: the one that the settings name, imported only when chosen."""

from __future__ import annotations

from edge_app.face.observation import Perception
from edge_app.face.settings import PerceptionSettings


def open_perception(settings: PerceptionSettings) -> Perception:
    """Load the model. Raises `ModelFileError` when its file is missing or not the expected one."""
    from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
    from edge_app.inference.model_files import FACE_LANDMARKER, find_model

    path = find_model(FACE_LANDMARKER.file_name, explicit=settings.model_file)
    return MediaPipeLandmarker(path, threads=settings.threads)
