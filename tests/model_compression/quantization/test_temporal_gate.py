"""The gate lets a temporal file pass that remembers what float does, and names head and figure of one that drifts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from edge_app.bundle.heads import TEMPORAL_HEADS
from edge_app.bundle.manifest import BundleFile, Gate, Precision, RuntimeName
from edge_app.bundle.open import open_bundle
from edge_app.camera.frame import Frame
from edge_app.commands.demo import DEMO_CLIP
from edge_app.driver_state.signals import TemporalHead
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation
from edge_app.face.student_crops import cut_face, standardized
from edge_app.face.temporal_model import TemporalModel
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState
from model_compression.quantization import gate, temporal_samples
from model_compression.quantization.followed_face import FollowedFace, FollowedFrame, followed
from model_compression.quantization.gate import Following, GateReport, Opened, compared
from model_compression.quantization.gate_inputs import GateInputs, drives_from_clip
from model_compression.quantization.gated_bundle import gate_bundle
from model_compression.quantization.pictures import no_pictures
from model_compression.quantization.temporal_gate import FaceFile, embeddings_of, told_of
from model_compression.quantization.variants import Variant
from tests.bundle.bundles import with_temporal, write_bundle, write_manifest
from tests.face.faces import ScriptedPerception, textured
from tests.model_compression.quantization.test_gate import few_pictures

Arrays = dict[str, NDArray[np.float32]]
SIDE_PX, MEMORY, RATE_HZ = 16, 2, 4.0
CAMERA_HZ, FRAMES = 10, 300
HEADS = (TemporalHead("drowsiness", ("alert", "drowsy"), "none", of_emotion=False),)


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


MODEL = TemporalModel(Remembering(), HEADS, {"drowsiness": 0.5}, RATE_HZ, 2, MEMORY)


class Watching(ScriptedPerception):
    """Gives `Face`'s embedding of what it observes, at a crop that the next one is not."""

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        picture = standardized(cut_face(image, crop, SIDE_PX))[None, None]
        seen = super().observe(image, crop)
        return replace(seen, embedding=Face().run({"face": picture})["embedding"][0])


def short() -> Iterable[Frame]:
    return [Frame(textured(), 0.0, 0)]


def a_file(part: str, runtime: RuntimeName, precision: Precision, gate: Gate) -> BundleFile:
    return BundleFile(
        path=f"{part}-{precision}.{runtime}",
        sha256="0" * 64,
        bytes=1,
        runtime="onnx" if runtime == "openvino" else runtime,
        precision=precision,
        gate=gate,
    )


@dataclass(frozen=True)
class Scripted:
    """A variant that has only its temporal file."""

    runtime: RuntimeName = "onnx"
    precision: Precision = "int8"
    drift: float = 0.0

    def opened(self) -> Opened:
        file = a_file("temporal", self.runtime, self.precision, "not-run")
        variant = Variant(self.runtime, self.precision, None, ("cpu",), {"temporal": file})
        sessions = {"face": Face(), "temporal": Remembering(self.drift)}
        return Opened(variant, sessions, Watching())  # type: ignore[arg-type]


def drive() -> Iterable[Frame]:
    """Half a minute, in whose second half it is dark where the face's crop begins."""
    pictures = [textured(seed=seed) for seed in range(2 * CAMERA_HZ)]
    for index in range(FRAMES):
        image = pictures[index % len(pictures)].copy()
        # The crop of the scripted face: 200 px around (320, 240).
        image[130:160, 210:240] = 250 if index < FRAMES // 2 else 5
        yield Frame(image, index / CAMERA_HZ, index)


def gated(
    *candidates: Scripted, drives: list | None = None, faces: Sequence[FaceFile] = ()
) -> GateReport:
    reference = Scripted(precision="float32").opened()
    return compared(
        reference,
        [candidate.opened() for candidate in candidates],
        no_pictures(),
        [drive] if drives is None else drives,
        following=Following(MODEL, SIDE_PX, faces=tuple(faces)),
    )


def figures(report: GateReport, title: str) -> list[str]:
    (result,) = [result for result in report.results if result.variant.title == title]
    return [check.figure for check in result.checks if "smoothed class" in check.figure]


def test_file_that_remembers_the_same_passes_on_every_frame() -> None:
    report = gated(Scripted(), Scripted("litert"))
    assert report.passed, report.sentences()
    assert [result.verdict("temporal") for result in report.results] == ["passed"] * 3
    (voted,) = [check for check in report.results[1].checks if "smoothed class" in check.figure]
    assert (voted.value, voted.n) == (100.0, FRAMES)


def test_what_is_compared_is_what_the_vehicle_tells_of_the_same_drive() -> None:
    perception = Watching(temporal=MODEL)
    monitor = DriverMonitor(perception, VigilSettings())
    steps = [monitor.step(frame, VehicleState()) for frame in drive()]
    face = followed(Watching(), drive(), rate_hz=RATE_HZ, side_px=SIDE_PX)
    ours = told_of(MODEL, Remembering(), [face], embeddings_of(Face(), [face]))
    in_vehicle = [
        {vote.head: vote.voted for vote in step.state.temporal}
        for step in steps
        if step is not None
    ]
    assert ours.voted == in_vehicle
    assert {votes["drowsiness"].label_index for votes in ours.voted} == {0, 1}


def test_error_that_grows_in_the_memory_is_named() -> None:
    report = gated(Scripted("litert", drift=0.3))
    text = "\n".join(report.sentences())
    assert "litert int8: drowsiness: points worse by float's own uncertainty" in text
    assert "litert int8: drowsiness: share of frames whose smoothed class is equal" in text
    assert "litert int8: memory: points worse" in text
    assert report.results[1].verdict("temporal") == "failed"


def off(gate: Gate = "passed", runtime: RuntimeName = "onnx") -> FaceFile:
    """A coarse face part: what is remembered behind it never gets dark."""
    file = a_file("face", runtime, "int8", gate)
    return FaceFile(f"{runtime} int8", file, Face(off=1.5))


def test_every_file_is_judged_behind_each_face_part_of_its_runtime_that_passed() -> None:
    report = gated(Scripted(), Scripted("litert", "float32"), faces=[off()])
    assert [sentence.split(" equal ")[1].split(",")[0] for sentence in report.sentences()] == [
        "behind face onnx int8"
    ] * 2
    verdicts = {r.variant.title: r.verdict("temporal") for r in report.results}
    assert verdicts == {
        "onnx float32": "failed",
        "onnx int8": "failed",
        "litert float32": "passed",
    }


def test_face_part_that_is_never_run_spoils_nothing() -> None:
    faces = [off("failed"), off("not-run"), off(runtime="litert")]
    report = gated(Scripted(), faces=faces)
    assert report.passed, report.sentences()
    assert figures(report, "onnx float32") == []
    assert len(figures(report, "onnx int8")) == 1


def test_nobody_followed_is_no_agreement() -> None:
    report = gated(Scripted(), drives=[])
    assert not report.passed
    assert [result.verdict("temporal") for result in report.results] == ["failed", "failed"]


def test_drives_that_only_it_follows_are_followed_too() -> None:
    reference = Scripted(precision="float32").opened()
    following = Following(MODEL, SIDE_PX, (drive, drive))
    report = compared(reference, [Scripted().opened()], no_pictures(), [drive], following=following)
    duration_s = FRAMES / CAMERA_HZ
    assert {check.n for check in report.results[1].checks} == {
        round(3 * duration_s * RATE_HZ),
        3 * FRAMES,
    }


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


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A face is followed, where the tiny models would find none."""
    pictures = [textured(seed=seed)[:112, :112] for seed in range(8)]
    frames = [FollowedFrame(step / RATE_HZ, is_step=True) for step in range(8)]
    monkeypatch.setattr(gate, "followed", lambda *_, **__: FollowedFace(pictures, frames))


@pytest.mark.usefixtures("somebody")
@pytest.mark.parametrize(
    ("verdict", "behind"), [("passed", 1), ("failed", 0)], ids=["passed", "failed"]
)
def test_verdicts_of_a_face_part_that_is_not_judged_come_from_the_manifest(
    bundle: Path, verdict: Gate, behind: int
) -> None:
    values = yaml.safe_load((bundle / "bundle.yaml").read_text())
    values["parts"]["face"]["files"][1]["gate"] = verdict
    write_manifest(bundle, values)
    report = gate_bundle(
        bundle, GateInputs(no_pictures(), [short], "one drive"), lambda _: None, only=["temporal"]
    )
    told = [figure for figure in figures(report, "onnx float32") if "face onnx" in figure]
    assert len(told) == behind * len(TEMPORAL_HEADS)
    assert report.passed, report.sentences()


@pytest.mark.usefixtures("somebody")
def test_face_part_that_has_just_failed_is_no_longer_one_that_passed(bundle: Path) -> None:
    """No drive with an event: every file of the face part fails."""
    report = gate_bundle(bundle, replace(few_pictures(), drives=[short]), lambda _: None)
    verdicts = {r.variant.title: r.verdict("face") for r in report.results}
    assert verdicts["onnx float32"] == "failed"
    assert not [figure for figure in figures(report, "onnx float32") if "face onnx" in figure]


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


def test_what_is_judged_on_is_not_what_ranges_were_measured_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[NDArray[np.uint8]] = []

    def first_frame(_: object, frames: Iterable[Frame], **__: object) -> FollowedFace:
        measured.append(next(iter(frames)).image)
        return FollowedFace([], [])

    monkeypatch.setattr(temporal_samples, "followed", first_frame)
    temporal_samples.calibration_faces(rate_hz=RATE_HZ, side_px=112, progress=lambda _: None)
    inputs = drives_from_clip(open_bundle("default"), DEMO_CLIP, drives=9, seed=1)
    judged = [next(iter(each())).image for each in (*inputs.drives, *inputs.followed)]
    assert len(measured) >= 2
    assert not [1 for one in measured for other in judged if np.array_equal(one, other)]
