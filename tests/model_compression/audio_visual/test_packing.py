"""A packed head says in the vehicle what the workshop says, and goes with one bundle and one listener alone."""

from __future__ import annotations

import csv
import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from edge_app.camera.file import VideoFileSource
from edge_app.commands.main import main
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings
from edge_app.sound.frame_faces import FrameFaces
from edge_app.sound.fused_clip import CarriedBy
from edge_app.sound.head_folder import open_fused_head
from edge_app.sound.smoothing import softmax
from edge_app.sound.sound_track import SoundTrack
from edge_app.vehicle.providers import open_provider
from model_compression.audio_visual.asking import FrameNetwork
from model_compression.commands.data import app as data_app
from model_compression.data.clips.classes import CLASSES, EXPRESSION_OTHER
from model_compression.data.features.feature_set import FeatureSet, FeatureWriter
from model_compression.data.features.sound_reader import SoundReader
from tests.model_compression.features.drawn_videos import (
    RATE_HZ,
    face,
    framed,
    plain,
    write_lines,
    write_video,
)

pytest.importorskip("transformers")
pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")


from model_compression.audio_visual.packing import Packed, pack
from tests.model_compression.audio_visual.packed_heads import (
    BUNDLE,
    FACE_SIZE,
    SOUND_SIZE,
    WINDOW,
    listener,
    noisy_sweep,
    trained,
)

TODAY = datetime.date(2026, 12, 1)
COVERED_S = (4.0, 8.0)
LENGTH_S = 12
LITERT = ("--set", "perception.runtime=litert")


def packed(run: Path, heard: Path, out: Path) -> Packed:
    return pack(run, heard, out, bundle=BUNDLE, licence="test", today=TODAY)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return listener(tmp_path_factory.mktemp("listener"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, heard: Path) -> Path:
    return trained(tmp_path_factory.mktemp("trained") / "run", heard)


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory, run: Path, heard: Path) -> Path:
    """Packed once: an export takes most of the time."""
    return packed(run, heard, tmp_path_factory.mktemp("packed") / "head").folder


def covered_clip(path: Path, *, hidden_level: int = 90) -> Path:
    """A face that is covered for four seconds in the middle, with sound throughout."""
    shown = framed(face())
    hidden = plain(hidden_level, 640)[:320]
    pictures = [
        hidden if COVERED_S[0] <= index / RATE_HZ < COVERED_S[1] else shown
        for index in range(LENGTH_S * RATE_HZ)
    ]
    return write_video(path, pictures, noisy_sweep(LENGTH_S))


def analyzed(clip: Path, head: Path, out: Path) -> list[dict[str, str]]:
    words = ["analyze", str(clip), "--audio", str(head), "--out", str(out), "--no-overlay"]
    with pytest.raises(SystemExit) as end:
        main([*words, "--set", "perception.runtime=litert"])
    assert end.value.code == 0
    with (out / "audio_visual.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def probabilities(rows: list[dict[str, str]]) -> np.ndarray:
    names = CLASSES[EXPRESSION_OTHER]
    return np.array([[float(row[f"p_{name}"] or "nan") for name in names] for row in rows])


def test_packed_head_says_of_a_whole_clip_what_torch_says(
    run: Path, heard: Path, head: Path
) -> None:
    frames = 100
    times_s = np.arange(frames) / 25
    rng = np.random.default_rng(3)
    seen = rng.standard_normal((frames, FACE_SIZE)).astype(np.float32)
    seen_at = np.ones(frames, np.bool_)
    seen_at[30:70] = False
    faces = FrameFaces()
    for t_s, embedding, there in zip(times_s, seen, seen_at, strict=True):
        faces.add(float(t_s), embedding if there else None)
    sound = SoundTrack(noisy_sweep(3.5), begins_s=0.2)
    told = open_fused_head(head, PerceptionSettings()).tell(faces, sound)

    network = FrameNetwork.open(run)
    tokens, heard_at = SoundReader(heard, "cpu").read(sound, times_s)
    windows = network.options.windows()
    said = []
    with torch.no_grad():
        for start in windows.starts(frames):
            parts = [
                torch.from_numpy(windows.cut(each, int(start)))[None]
                for each in (np.where(seen_at[:, None], seen, 0), tokens, seen_at, heard_at)
            ]
            said.append(network.network(*parts)["logits"][0].numpy())
    logits = windows.averaged(np.stack(said), windows.starts(frames), frames)
    expected, classes = network.options.smoothed().of(softmax(logits))
    np.testing.assert_allclose(told.probabilities, expected, atol=1e-4)
    assert told.said.tolist() == classes.tolist()
    assert len(set(told.said.tolist())) > 1 and expected.std(axis=0).max() > 0.02


def workshop_features(root: Path, heard: Path) -> FeatureSet:
    """`vigil data features` of one labelled video, `drive`, that lies in `root` as in Aff-Wild2."""
    labels = root / "Annotations" / "EXPR_Classification_Challenge"
    told = ["0"] * (LENGTH_S * RATE_HZ)
    write_lines(labels / "Validation_Set" / "drive.txt", "Neutral,…", *told)
    out = root / "features"
    words = ["features", "aff-wild2-expr", "--root", str(root), "--out", str(out)]
    made = CliRunner().invoke(
        data_app, [*words, "--visual", "default", "--audio", str(heard), "--allow-missing"]
    )
    assert made.exit_code == 0, made.output
    return FeatureSet.open(out)


def with_followed_faces(folder: Path, features: FeatureSet, clip: Path) -> FeatureSet:
    """The same set, but for the faces: as the vehicle's tracker crops them, which follows them over time."""
    settings = VigilSettings(perception=PerceptionSettings(runtime="litert"))
    monitor = DriverMonitor(open_perception(settings.perception), settings)
    source, vehicle = (
        VideoFileSource(str(clip), settings.camera),
        open_provider(settings.vehicle.provider),
    )
    frames: list[int] = []
    embeddings: list[np.ndarray] = []
    while (frame := source.read()) is not None:
        step = monitor.step(frame, vehicle.read(frame.t_s))
        assert step is not None
        if step.observation is not None and step.observation.embedding is not None:
            frames.append(frame.index)
            embeddings.append(step.observation.embedding)
    source.close()
    writer = FeatureWriter(
        folder, kind=features.kind, streams=features.streams, classes=features.classes
    )
    read = features.features(0)
    faces = {
        "default.embedding": np.stack(embeddings),
        "default.scores": np.zeros((len(frames), features.streams["default.scores"].size)),
    }
    writer.add(0, replace(read, face_frames=np.array(frames), faces=faces))
    return writer.finish(features.rows)


def test_analysis_says_frame_by_frame_what_the_workshop_says(
    tmp_path: Path, run: Path, heard: Path, head: Path
) -> None:
    clip = covered_clip(tmp_path / "set" / "batch1" / "drive.mp4")
    rows = analyzed(clip, head, tmp_path / "report")
    told = probabilities(rows)

    network = FrameNetwork.open(run)
    features = workshop_features(tmp_path / "set", heard)
    followed = with_followed_faces(tmp_path / "followed", features, clip)
    answers = network.ask(followed, [0], device="cpu")
    np.testing.assert_allclose(told, answers.probabilities, atol=1e-4)
    assert [row["told"] for row in rows] == [answers.classes[number] for number in answers.said]

    # The workshop looks for the face in each frame anew, the vehicle follows it: crops differ by 2 % of their side.
    answers = network.ask(features, [0], device="cpu")
    assert np.abs(told - answers.probabilities).max() < 0.03
    assert told.std(axis=0).max() > 0.05
    seen_at = features.features(0).of_main_face("default.embedding")[1]
    assert [row["carried_by"] == "sound" for row in rows] == (~seen_at).tolist()


def test_a_covered_face_is_made_up_for_by_sound_and_that_is_told(
    tmp_path: Path, head: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = analyzed(covered_clip(tmp_path / "clip.mp4"), head, tmp_path / "report")
    times = np.array([float(row["t_s"]) for row in rows])
    covered = (times >= COVERED_S[0]) & (times < COVERED_S[1])
    by = [row["carried_by"] for row in rows]
    assert {one for one, hidden in zip(by, covered, strict=True) if hidden} == {
        CarriedBy.SOUND.value
    }
    assert {one for one, hidden in zip(by, covered, strict=True) if not hidden} == {
        CarriedBy.BOTH.value
    }
    assert all(row["told"] in CLASSES[EXPRESSION_OTHER] for row in rows)
    sentence = "from 4.0 s to 8.0 s no face was seen: the expression is told by sound alone"
    output = capsys.readouterr().out
    assert sentence in output and "validated: none" in output
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())["audio_visual"]
    assert summary["by_sound_alone_s"] == [[4.0, 8.0]] and sentence in summary["sentences"]
    page = (tmp_path / "report" / "report.html").read_text()
    assert sentence.replace("from", "From") in page and page.count('class="by-sound"') == 1

    # What covers it changes nothing: no pixel of it is looked at.
    other = covered_clip(tmp_path / "other.mp4", hidden_level=200)
    again = analyzed(other, head, tmp_path / "again")
    inside = (times >= COVERED_S[0] + 1) & (times < COVERED_S[1] - 1)
    np.testing.assert_allclose(probabilities(again)[inside], probabilities(rows)[inside], atol=1e-3)


def test_a_clip_without_sound_is_told_by_the_face(
    tmp_path: Path, head: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_video(tmp_path / "clip.mp4", [framed(face())] * 20)
    rows = analyzed(clip, head, tmp_path / "report")
    assert {row["carried_by"] for row in rows} == {CarriedBy.FACE.value}
    assert "has no sound track" in capsys.readouterr().out


def test_a_head_that_sees_by_another_network_is_refused(tmp_path: Path, heard: Path) -> None:
    for number, (name, made_by) in enumerate(
        (
            ("beit.embedding", "beit large (0123456789ab)"),
            ("default.scores", "bundle vigil/1.0.0 litert"),
        )
    ):
        run = trained(tmp_path / f"run{number}", heard, visual={"name": name, "made_by": made_by})
        with pytest.raises(UserError, match="nothing but the embedding"):
            packed(run, heard, tmp_path / "head")


def test_a_head_of_another_bundle_is_refused(tmp_path: Path, heard: Path) -> None:
    run = trained(
        tmp_path / "run",
        heard,
        visual={"name": "own.embedding", "made_by": "bundle mine/9.9.9 litert"},
    )
    with pytest.raises(UserError, match=r"mine 9\.9\.9.*--bundle"):
        packed(run, heard, tmp_path / "head")


def test_terms_that_say_nothing_are_refused(run: Path, heard: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--licence is empty"):
        pack(run, heard, tmp_path / "out", bundle=BUNDLE, licence=" ", today=TODAY)


def test_another_listener_is_refused(tmp_path: Path, run: Path) -> None:
    with pytest.raises(UserError, match="--listener"):
        packed(run, listener(tmp_path / "other", seed=5), tmp_path / "head")


def test_sizes_that_the_bundle_does_not_give_are_refused(tmp_path: Path, heard: Path) -> None:
    run = trained(tmp_path / "run", heard, face_size=128)
    with pytest.raises(UserError, match="takes 128 numbers of a face"):
        packed(run, heard, tmp_path / "head")


def test_what_is_packed_is_described(head: Path, run: Path, heard: Path) -> None:
    manifest = open_fused_head(head, PerceptionSettings()).manifest
    assert manifest.classes == CLASSES[EXPRESSION_OTHER]
    assert (manifest.window, manifest.stride, manifest.smoothing.kernel) == (WINDOW, 4, 5)
    assert (manifest.visual.size, manifest.sound.size) == (FACE_SIZE, SOUND_SIZE)
    assert (manifest.sound.token_hop, manifest.sound.token_reach) == (320, 400)
    assert (manifest.validated, manifest.licence) == ("none", "test")
    with pytest.raises(UserError, match="is there already"):
        packed(run, heard, head)
