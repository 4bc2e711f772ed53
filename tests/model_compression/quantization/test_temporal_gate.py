"""The gate lets a temporal file pass that remembers what float does, and names head and figure of one that drifts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.bundle.manifest import BundleFile, Precision, RuntimeName
from edge_app.bundle.open import open_bundle
from edge_app.camera.frame import Frame
from edge_app.commands.demo import DEMO_CLIP
from model_compression.quantization.gate import Following, GateReport, Opened, compared
from model_compression.quantization.gate_inputs import GateInputs, drives_from_clip
from model_compression.quantization.gated_bundle import gate_bundle
from model_compression.quantization.pictures import no_pictures
from model_compression.quantization.variants import Variant
from tests.bundle.bundles import with_temporal, write_bundle, write_manifest
from tests.face.faces import ScriptedPerception, textured
from tests.model_compression.quantization.test_gate import few_pictures

Arrays = dict[str, NDArray[np.float32]]
SIDE_PX, MEMORY = 16, 2


class Face:
    """An embedding that says whether the picture's first pixel is bright: 1, or -1."""

    def __init__(self, off: float = 0.0) -> None:
        self._off = off

    def run(self, inputs: Arrays) -> Arrays:
        bright = float(np.sign(inputs["face"][0, 0, 0, 0])) + self._off
        return {"embedding": np.array([[bright, 1.0]], dtype=np.float32)}


class Remembering:
    """Remembers how bright it has been; drowsy when it was dark. Each step adds `drift` to what is remembered."""

    def __init__(self, drift: float = 0.0) -> None:
        self._drift = drift

    def run(self, inputs: Arrays) -> Arrays:
        (bright, one, mean, _) = inputs["step"][0]
        mean = 0.8 * mean + 0.2 * bright + self._drift
        logits = np.array([[2.0 + mean, 2.0 - mean]], dtype=np.float32)
        return {"drowsiness": logits, "memory": np.array([[mean, one]], dtype=np.float32)}


def short() -> Iterable[Frame]:
    return [Frame(textured(), 0.0, 0)]


@dataclass(frozen=True)
class Scripted:
    """A variant that has only its temporal file."""

    runtime: RuntimeName = "onnx"
    precision: Precision = "int8"
    drift: float = 0.0
    face_off: float = 0.0

    def opened(self) -> Opened:
        file = BundleFile(
            path=f"temporal-{self.precision}.{self.runtime}",
            sha256="0" * 64,
            bytes=1,
            runtime=self.runtime,
            precision=self.precision,
            gate="not-run",
        )
        variant = Variant(self.runtime, self.precision, None, ("cpu",), {"temporal": file})
        sessions = {"face": Face(self.face_off), "temporal": Remembering(self.drift)}
        return Opened(variant, sessions, ScriptedPerception())  # type: ignore[arg-type]


def drive() -> Iterable[Frame]:
    """Half a minute, in whose second half it is dark where the face's crop begins."""
    bright, dark = (textured() for _ in range(2))
    bright[:], dark[:] = 100, 100
    # The crop of the scripted face: 200 px around (320, 240).
    bright[130:150, 210:230], dark[130:150, 210:230] = 200, 20
    bright[300:320, 300:320], dark[300:320, 300:320] = 20, 200
    for index in range(300):
        yield Frame(bright if index < 150 else dark, index / 10, index)


def gated(*candidates: Scripted, drives: list | None = None) -> GateReport:
    reference = Scripted(precision="float32").opened()
    return compared(
        reference,
        [candidate.opened() for candidate in candidates],
        no_pictures(),
        [drive] if drives is None else drives,
        following=Following(4.0, SIDE_PX, MEMORY),
    )


def test_file_that_remembers_the_same_passes_on_every_step() -> None:
    report = gated(Scripted(), Scripted("litert"))
    assert report.passed, report.sentences()
    assert [result.verdict("temporal") for result in report.results] == ["passed"] * 3
    (voted,) = [check for check in report.results[1].checks if "smoothed class" in check.figure]
    assert (voted.value, voted.n) == (100.0, 120)


def test_error_that_grows_in_the_memory_is_named() -> None:
    report = gated(Scripted("litert", drift=0.3))
    text = "\n".join(report.sentences())
    assert "litert int8: drowsiness: points worse by float's own uncertainty" in text
    assert "litert int8: drowsiness: share of steps whose smoothed class is equal" in text
    assert "litert int8: memory: points worse" in text
    assert report.results[1].verdict("temporal") == "failed"


def test_face_part_of_the_same_variant_counts_behind_its_own_embedding_alone() -> None:
    report = gated(Scripted(face_off=-1.5))
    (sentence,) = report.sentences()
    assert "smoothed class is equal behind the variant's own face part" in sentence


def test_nobody_followed_is_no_agreement() -> None:
    report = gated(Scripted(), drives=[])
    assert not report.passed
    assert [result.verdict("temporal") for result in report.results] == ["failed", "failed"]


def test_drives_that_only_it_follows_are_followed_too() -> None:
    reference = Scripted(precision="float32").opened()
    following = Following(4.0, SIDE_PX, MEMORY, (drive, drive))
    report = compared(reference, [Scripted().opened()], no_pictures(), [drive], following=following)
    assert {check.n for check in report.results[1].checks} == {360}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    pytest.importorskip("onnxruntime")
    values = write_bundle(tmp_path, runtimes=("litert", "onnx"), **with_temporal())
    for part in values["parts"].values():
        part["files"][0]["gate"] = "failed"
    write_manifest(tmp_path, values)
    return tmp_path


def test_parts_that_are_not_judged_keep_their_verdicts(bundle: Path) -> None:
    """The tiny models find no face, so the judged part has nobody to follow."""
    gate_bundle(
        bundle, GateInputs(no_pictures(), [short], "one drive"), lambda _: None, only=["temporal"]
    )
    parts = open_bundle(bundle).manifest.parts.named()
    verdicts = {name: [file.gate for file in part.files] for name, part in parts.items()}
    assert verdicts.pop("temporal") == ["failed", "failed"]
    assert all(kept == ["failed", "passed"] for kept in verdicts.values())


def test_nothing_is_said_of_parts_that_are_not_judged(bundle: Path) -> None:
    report = gate_bundle(
        bundle, GateInputs(no_pictures(), [short], "one drive"), lambda _: None, only=["temporal"]
    )
    parts = {part for result in report.results for check in result.checks for part in check.parts}
    assert parts == {"temporal"}


def test_whole_bundle_is_judged_with_its_temporal_part(bundle: Path) -> None:
    report = gate_bundle(bundle, replace(few_pictures(), drives=[short]), lambda _: None)
    judged = {part for result in report.results for check in result.checks for part in check.parts}
    assert judged == {"detector", "face", "eyes", "expression", "temporal"}


def test_without_a_data_set_the_photograph_and_the_clip_are_followed() -> None:
    inputs = drives_from_clip(open_bundle("default"), DEMO_CLIP, drives=2, seed=1)
    assert inputs.told == f"2 drives of 60 s and {DEMO_CLIP.name}"
    first = [next(iter(each())).image for each in (*inputs.drives, *inputs.followed)]
    assert len(first) == 3 and not np.array_equal(first[0], first[1])
    assert len(inputs.pictures) == 0
