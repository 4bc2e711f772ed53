"""The perceptions that a test measures, each where it is there."""

from __future__ import annotations

import pytest

MEDIAPIPE = pytest.param("mediapipe", marks=pytest.mark.mediapipe_model)
BUILT_IN = pytest.param("default")
