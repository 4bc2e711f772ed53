"""Loading a model leaves nothing on standard error but what somebody else wrote there meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.inference.load_notice import without_delegate_notice


def test_only_the_notice_is_kept_back(capfd: pytest.CaptureFixture[str]) -> None:
    with without_delegate_notice():
        sys.stderr.write("before\n")
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"ERROR: a node cannot be prepared\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nERROR: a node cannot be prepared\nafter\n"


def test_what_was_written_comes_through_when_loading_fails(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="no model"), without_delegate_notice():
        os.write(2, b"ERROR: why\n")
        raise ValueError("no model")
    assert capfd.readouterr().err == "ERROR: why\n"


def test_a_process_without_standard_error_can_load() -> None:
    script = (
        "import os; os.close(2)\n"
        "from edge_app.inference.load_notice import without_delegate_notice\n"
        "with without_delegate_notice(): print('loaded')\n"
    )
    run = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    assert run.stdout == b"loaded\n"


@pytest.mark.mediapipe_model
def test_loading_the_models_writes_nothing(face_landmarker_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker\n"
        "MediaPipeLandmarker(Path(sys.argv[1]))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(face_landmarker_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
