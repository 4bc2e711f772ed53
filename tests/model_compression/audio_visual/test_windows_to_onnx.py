"""What onnxruntime answers for a window is what torch answers, whatever is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model_compression.audio_visual.to_onnx import INPUTS, windows_to_onnx
from model_compression.training.networks import create_network

pytest.importorskip("onnxscript")
ort = pytest.importorskip("onnxruntime")

VISUAL, SOUND, WINDOW = 10, 6, 16
SIZES = {"visual_size": VISUAL, "sound_size": SOUND}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("safe-cross-attention", {"width": 32, "layers": 1, "attention_heads": 4}),
        ("lambda-fusion", {"hidden": 16}),
    ],
)
def test_file_answers_as_the_network_does(
    name: str, options: dict[str, int], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = create_network(name, classes=4, **SIZES, **options).eval()
    file = tmp_path / "windows.onnx"
    windows_to_onnx(network, file, window=WINDOW, **SIZES)
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    for faces, sound in ((0.7, 0.7), (0.0, 0.7), (0.7, 0.0), (0.0, 0.0)):
        given = (
            torch.randn(1, WINDOW, VISUAL),
            torch.randn(1, WINDOW, SOUND),
            torch.rand(1, WINDOW) < faces,
            torch.rand(1, WINDOW) < sound,
        )
        with torch.no_grad():
            expected = network(*given)["logits"].numpy()
        (said,) = session.run(
            None, {name: value.numpy() for name, value in zip(INPUTS, given, strict=True)}
        )
        assert np.allclose(said, expected, atol=1e-5)
