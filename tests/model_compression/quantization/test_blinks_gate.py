"""The gate of the part blinks: files that say the same pass, one that says something else does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.bundle.open import BUILT_IN_NAME, open_bundle
from model_compression.quantization.blinks_gate import made_blinks, run_blinks_gate
from model_compression.quantization.gated_bundle import gate_blinks
from tests.bundle.bundles import described, with_blinks, write_bundle, write_manifest
from tests.inference import tiny_models


def test_made_sequences_are_of_any_number_of_blinks() -> None:
    samples = made_blinks(200, seed=0)
    counts = {int(sample[0, :, 3].sum()) for sample in samples}
    assert min(counts) == 1 and max(counts) == 30 and len(counts) > 25
    assert max(float(np.abs(sample).max()) for sample in samples) > 10


def test_file_that_says_something_else_fails_and_the_others_keep_their_verdicts(
    tmp_path: Path,
) -> None:
    pytest.importorskip("onnx")
    folder = tmp_path / "b"
    values = write_bundle(folder, runtimes=("litert", "onnx"), **with_blinks())
    assert {file.gate for file in gated(folder)} == {"passed"}
    file = next(f for f in values["parts"]["blinks"]["files"] if f["runtime"] == "onnx")
    # The level comes first here, and so is one less than the other file's.
    other = tiny_models.onnx_model("blinks", (1, 30, 4), {"level": (1, 1), "logits": (1, 3)})
    (folder / file["path"]).write_bytes(other)
    file.update(described(other))
    write_manifest(folder, values)
    gates = {each.runtime: each.gate for each in gated(folder)}
    assert gates == {"litert": "passed", "onnx": "failed"}
    kept = open_bundle(str(folder), require=()).manifest.parts.face
    assert kept is not None and {each.gate for each in kept.files} == {"passed"}


def gated(folder: Path) -> tuple:  # type: ignore[type-arg]
    gate_blinks(folder, lambda what: None)
    return open_bundle(str(folder), require=()).part("blinks").files


def test_built_in_files_say_the_same() -> None:
    report = run_blinks_gate(open_bundle(BUILT_IN_NAME), lambda what: None)
    assert report.passed, "\n".join(report.sentences())
    assert any(result.ran for result in report.results)
