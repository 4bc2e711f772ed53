"""The perceptions that a test measures, each where it is there."""

from __future__ import annotations

import pytest

from edge_app.bundle.open import BUILT_IN_FOLDER

MEDIAPIPE = pytest.param("mediapipe", marks=pytest.mark.mediapipe_model)
BUILT_IN = pytest.param(
    "default",
    marks=pytest.mark.skipif(
        not (BUILT_IN_FOLDER / "bundle.yaml").is_file(), reason="no built-in bundle yet"
    ),
)
