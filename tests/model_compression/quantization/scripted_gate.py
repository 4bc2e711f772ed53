"""Models without weights for the gate: what they say of a frame is written in the frame's first pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleFile, Precision, RuntimeName
from edge_app.camera.frame import Frame
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import Estimate, FaceObservation
from model_compression.quantization.gate import Drive, Opened
from model_compression.quantization.pictures import TrialPictures
from model_compression.quantization.variants import Variant
from tests.driver_state.traces import blinking, openness
from tests.face.faces import ScriptedPerception, observation, textured
from tests.face.students import GivenSession, eyes_outputs

STD = 0.05
_SHARES = 250.0  # grey levels for an openness of 1


class ReadingPerception(ScriptedPerception):
    """Reads the eyes' openness from the frame and changes it by `off`."""

    def __init__(self, off: Callable[[float], float]) -> None:
        super().__init__()
        self._off = off

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        eye = Estimate(self._off(float(image[0, 0]) / _SHARES), STD)
        return replace(
            observation(side_px=crop.side_px),
            next_crop=crop,
            eye_openness_left=eye,
            eye_openness_right=eye,
            expression=(eye.value, 1 - eye.value),
        )

    def expression_at(self, image: NDArray[np.uint8], crop: FaceCrop) -> tuple[float, ...] | None:
        return self.observe(image, crop).expression


def drive(duration_s: float, *, blink_every_s: float = 0.8) -> Drive:
    """Frames at 30/s of a driver who blinks."""
    still = textured()
    closure = blinking(blink_every_s, length_s=0.3)

    def frames() -> Iterable[Frame]:
        for index in range(round(duration_s * 30)):
            image = still.copy()
            image[0, 0] = round(openness(closure(index / 30)) * _SHARES)
            yield Frame(image, index / 30, index)

    return frames


@dataclass(frozen=True)
class Scripted:
    """How a variant of the eyes part behaves: on pictures by `outputs`, in drives by `off`."""

    runtime: RuntimeName = "onnx"
    precision: Precision = "int8"
    outputs: dict[str, NDArray[np.float32]] | None = None
    off: Callable[[float], float] = lambda value: value
    expression: bool = False

    def opened(self) -> Opened:
        suffix = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".onnx"}[self.runtime]
        file = BundleFile(
            path=f"eyes-{self.precision}{suffix}",
            sha256="0" * 64,
            bytes=1,
            runtime="onnx" if self.runtime == "openvino" else self.runtime,
            precision=self.precision,
            gate="not-run",
        )
        variant = Variant(self.runtime, self.precision, None, ("cpu",), {"eyes": file})
        sessions: dict[PartName, GivenSession] = {
            "eyes": GivenSession(self.outputs or eyes_outputs())
        }
        if self.expression:
            sessions["expression"] = GivenSession({})
        reading = ReadingPerception(self.off)
        expression_at = reading.expression_at if "expression" in sessions else None
        return Opened(variant, sessions, reading, expression_at)  # type: ignore[arg-type]


def eye_pictures(count: int = 3) -> TrialPictures:
    """With a truth of what only a truth can judge."""
    return TrialPictures(
        np.zeros((count, 1, 1, 8, 8), dtype=np.float32),
        np.zeros((count, 2, 1, 48, 64), dtype=np.float32),
        np.zeros((count, 1, 1, 8, 8), dtype=np.float32),
        {"iris": np.stack([eyes_outputs()["iris"]] * count)},
    )
