"""The parity gate on the bundle that comes with Vigil, on the driver of the demo's clip: needs no data set."""

from __future__ import annotations

import pytest

from edge_app.bundle.open import BUILT_IN_NAME, open_bundle
from edge_app.commands.demo import DEMO_CLIP

pytest.importorskip("torch", reason="the gate draws its pictures as training does")

from model_compression.quantization.gate import LEAST_EVENTS, run_gate
from model_compression.quantization.gate_inputs import inputs_from_clip

pytestmark = pytest.mark.slow


def test_every_file_that_runs_here_says_decides_and_reports_what_the_float_one_does() -> None:
    bundle = open_bundle(BUILT_IN_NAME)
    face_px = bundle.part("face").input.shape[-1]
    inputs = inputs_from_clip(bundle, DEMO_CLIP, pictures=80, drives=9, face_px=face_px, seed=1)
    report = run_gate(bundle, inputs.pictures, inputs.drives)
    assert report.events >= LEAST_EVENTS
    assert report.passed, "\n".join(report.sentences())
