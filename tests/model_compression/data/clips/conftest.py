"""One perception for all tests of prepared clips: loading it takes a tenth of a second."""

from __future__ import annotations

import pytest

from model_compression.data.clips.face_track import FaceFinder


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return FaceFinder()
