"""A face is followed at the rate of a temporal part, and each step remembers the one before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from edge_app.camera.frame import Frame
from model_compression.quantization.followed_face import Outputs, followed, steps_of
from tests.face.faces import ScriptedPerception, textured


def frames(rate_hz: float, duration_s: float) -> Iterator[Frame]:
    still = textured()
    for index in range(round(duration_s * rate_hz)):
        yield Frame(still, index / rate_hz, index)


@pytest.mark.parametrize("camera_hz", [30.0, 25.0, 11.0, 4.0])
def test_steps_keep_their_rate_whatever_the_camera_s(camera_hz: float) -> None:
    face = followed(ScriptedPerception(), frames(camera_hz, 10.0), rate_hz=4.0, side_px=32)
    assert len(face) == 40
    late_s = np.array(face.t_s) - np.arange(40) / 4.0
    assert (late_s > -2e-3).all() and (late_s < 1 / camera_hz).all()
    assert face.pictures[0].shape == (32, 32)


def test_camera_slower_than_the_steps_gives_a_step_for_each_frame() -> None:
    assert len(followed(ScriptedPerception(), frames(3.0, 10.0), rate_hz=4.0, side_px=32)) == 30


def test_frame_without_a_face_is_no_step() -> None:
    blind = ScriptedPerception()
    blind.faces = []
    assert len(followed(blind, frames(30.0, 2.0), rate_hz=4.0, side_px=32)) == 0


def test_what_is_remembered_goes_in_with_the_next_embedding() -> None:
    def say(step: np.ndarray) -> Outputs:
        return {"memory": step[:, 2:] + step[:, :1]}

    embeddings = [np.array([[value, 9.0]], dtype=np.float32) for value in (1, 10, 100)]
    shown, said = steps_of(say, embeddings, memory=1)
    assert [step.tolist() for step in shown] == [[[1, 9, 0]], [[10, 9, 1]], [[100, 9, 11]]]
    assert said[-1]["memory"].tolist() == [[111]]
