"""`vigil data features` from videos to a set: every frame, every face, sound and labels; stopped, it goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from edge_app.camera.source import UnusableSourceError
from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from model_compression.commands.data import app
from model_compression.data.clips.classes import CLASSES, EXPRESSION_OTHER
from model_compression.data.clips.workplace import workplace
from model_compression.data.features.all_faces import AllFaces
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frames import seen_video
from model_compression.data.features.labelled_video import LabelledVideo
from model_compression.data.features.seen_frame import Picture
from model_compression.data.features.thinning import Thinning
from model_compression.data.features.video_reading import ReadVideo, VideoReading
from tests.model_compression.features.drawn_videos import (
    face,
    framed,
    plain,
    sweep,
    write_crops,
    write_lines,
    write_video,
)

HEADER = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"
EXPR = "Annotations/EXPR_Classification_Challenge"


def aff_wild2(root: Path) -> Path:
    """`a` with crops and four frames, `b` with three."""
    for name, split, count in (("a", "Train_Set", 4), ("b", "Validation_Set", 3)):
        write_video(root / "batch1" / f"{name}.mp4", [plain()] * count)
        write_crops(root / "cropped_aligned" / name, [n for n in range(1, count + 1) if n != 2])
        labels = ["0", "3", "-1", "7"][:count]
        write_lines(root / EXPR / split / f"{name}.txt", HEADER, *labels)
    return root


def vigil(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["features", *map(str, words)])


def test_crops_become_rows_of_their_frames_with_their_labels(tmp_path: Path) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    told = vigil("aff-wild2-expr", "--root", root, "--out", out, "--visual", "own=default")
    assert told.exit_code == 0, told.output
    made = FeatureSet.open(out)
    assert [(row.video, row.split, row.frame_count) for row in made.rows] == [
        ("a", "train", 4),
        ("b", "val", 3),
    ]
    assert set(made.streams) == {"own.embedding", "own.scores"}
    assert made.classes[EXPRESSION_OTHER] == CLASSES[EXPRESSION_OTHER]
    first = made.features(0)
    assert first.face_frames.tolist() == [0, 2, 3]
    assert first.faces["own.embedding"].shape == (3, 256)
    names = [CLASSES[EXPRESSION_OTHER][n] for n in first.frame_labels[EXPRESSION_OTHER] if n >= 0]
    assert names == ["neutral", "fear", "other"]
    assert not first.sound_present.any()
    assert "faces in 5 of 7 frames" in " ".join(made.notes)


def test_every_second_frame_takes_its_labels_along(tmp_path: Path) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    told = vigil(
        "aff-wild2-expr", "--root", root, "--out", out, "--visual", "default", "--every", "2"
    )
    assert told.exit_code == 0, told.output
    made = FeatureSet.open(out)
    assert (made.rows[0].frame_count, made.rows[0].frame_rate_hz) == (2, 5.0)
    first = made.features(0)
    assert first.face_frames.tolist() == [0, 1]
    assert first.frame_labels[EXPRESSION_OTHER].tolist() == [0, -1]


def test_all_faces_of_a_video_are_found_the_largest_first(tmp_path: Path) -> None:
    frame = framed(face(180), face(280))
    write_video(tmp_path / "set" / "01.mp4", [frame] * 2)
    faces = AllFaces().find(frame)
    assert len(faces.squares) == 2 and not faces.rescued
    large, small = faces.squares
    assert large.side_px > small.side_px and large.center_x_px > 320 > small.center_x_px
    assert [one.center_x_px < 320 for one in AllFaces().find(frame, "left").squares] == [True]
    out = tmp_path / "out"
    told = vigil("c-expr", "--root", tmp_path / "set", "--out", out, "--visual", "default")
    assert told.exit_code == 0, told.output
    assert FeatureSet.open(out).features(0).face_frames.tolist() == [0, 0, 1, 1]


class LooksBelow:
    """Stands in for a second detector: finds a bright square."""

    name = "bright"

    def squares(self, picture: Picture) -> list[FaceCrop]:
        return [FaceCrop(20.0, 20.0, 10.0, 0.0)] if picture[15:25, 15:25].mean() > 200 else []


def test_the_second_detector_is_asked_where_the_first_finds_nobody(tmp_path: Path) -> None:
    both, rescued = framed(face(240)), framed(plain(110, 200))
    for frame in (both, rescued):
        frame[10:30, 10:30] = 255
    path = write_video(tmp_path / "a.mp4", [both, rescued, framed(plain(110, 200))])
    seen = seen_video(LabelledVideo("a", path), AllFaces(LooksBelow()), Thinning())
    told = [(len(frame.faces), frame.rescued) for frame in seen.frames]
    assert told == [(1, False), (1, True), (0, False)]


@pytest.fixture
def wavlm(tmp_path: Path) -> Path:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.WavLMConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer",
    )
    transformers.WavLMModel(config).save_pretrained(tmp_path / "wavlm")
    (tmp_path / "wavlm" / "preprocessor_config.json").write_text(
        '{"sampling_rate": 16000, "do_normalize": true}'
    )
    return tmp_path / "wavlm"


def test_sound_is_heard_at_each_frame_of_a_video_that_has_any(tmp_path: Path, wavlm: Path) -> None:
    root, out = tmp_path / "set", tmp_path / "out"
    write_video(root / "01.mp4", [plain()] * 10, sweep(1.0))
    write_video(root / "02.mp4", [plain()] * 5)
    told = vigil("c-expr", "--root", root, "--out", out, "--audio", wavlm)
    assert told.exit_code == 0, told.output
    made = FeatureSet.open(out)
    heard, silent = made.features(0), made.features(1)
    assert heard.sound["wavlm"].shape == (10, 16) and heard.sound_present[:9].all()
    assert silent.sound["wavlm"].shape == (5, 16) and not silent.sound_present.any()
    assert not silent.sound["wavlm"].any()
    # Nobody looked for faces: none is told to be missing.
    assert not any("faces" in note for note in made.notes)


def test_a_stopped_run_goes_on_without_reading_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    words = ("aff-wild2-expr", "--root", root, "--out", out, "--visual", "default")
    read = VideoReading.read

    def stops(self: VideoReading, video: LabelledVideo) -> ReadVideo:
        if video.video == "b":
            raise KeyboardInterrupt
        return read(self, video)

    monkeypatch.setattr(VideoReading, "read", stops)
    told = vigil(*words)
    assert told.exit_code == 130 and "1 of 2 videos" in told.output
    with pytest.raises(UserError, match="is not finished"):
        FeatureSet.open(out)
    monkeypatch.undo()
    told = vigil(*words)
    assert told.exit_code == 0 and "read now: 1 videos" in told.output
    assert FeatureSet.open(out).rows[0].video == "a"
    assert sorted(one.name for one in out.iterdir()) == [".lock", "features.json", "videos"]


def test_other_options_do_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    words = ("aff-wild2-expr", "--root", root, "--out", out, "--visual", "default")

    def stops(self: VideoReading, video: LabelledVideo) -> ReadVideo:
        raise KeyboardInterrupt

    monkeypatch.setattr(VideoReading, "read", stops)
    assert vigil(*words).exit_code == 130
    told = vigil(*words, "--every", "2")
    assert isinstance(told.exception, UserError) and "other options" in str(told.exception)


def test_a_finished_set_is_told_again_and_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    words = ("aff-wild2-expr", "--root", root, "--out", out, "--visual", "default")
    first = vigil(*words)
    (out / "notes").mkdir()  # as a stop between the index and the end leaves it
    monkeypatch.setattr(VideoReading, "read", lambda self, video: pytest.fail("reads"))
    again = vigil(*words)
    assert again.exit_code == 0, again.output
    assert "frames: 7" in again.output and "read now: 0 videos" in again.output
    fingerprint = first.output.split("fingerprint ")[1]
    assert fingerprint in again.output and not (out / "notes").exists()


def test_a_finished_set_of_other_labels_is_left_alone(tmp_path: Path) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    words = ("aff-wild2-expr", "--root", root, "--out", out, "--visual", "default")
    assert vigil(*words).exit_code == 0
    index = (out / "features.json").read_bytes()
    write_lines(root / EXPR / "Train_Set" / "a.txt", HEADER, "5", "5", "5", "5")
    told = vigil(*words)
    assert isinstance(told.exception, UserError) and "holds features of other" in str(
        told.exception
    )
    assert (out / "features.json").read_bytes() == index


def test_two_processes_are_not_at_work_in_one_folder(tmp_path: Path) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    with workplace(out):
        told = vigil("aff-wild2-expr", "--root", root, "--out", out, "--visual", "default")
    assert isinstance(told.exception, UserError)
    assert "another 'vigil data features' is at work here" in str(told.exception)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    root, out = aff_wild2(tmp_path / "set"), tmp_path / "out"
    write_lines(out / "thesis.txt", "x")
    told = vigil("aff-wild2-expr", "--root", root, "--out", out, "--visual", "default")
    assert isinstance(told.exception, UserError) and "holds other files" in str(told.exception)
    assert [one.name for one in out.iterdir()] == ["thesis.txt"]


def test_a_video_that_has_gone_stops_the_run_and_is_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = tmp_path / "set", tmp_path / "out"
    for name in ("01", "02"):
        write_video(root / f"{name}.mp4", [plain()] * 3)
    words = ("c-expr", "--root", root, "--out", out, "--visual", "default")
    read = VideoReading.read

    def unplugged(self: VideoReading, video: LabelledVideo) -> ReadVideo:
        (root / "02.mp4").unlink(missing_ok=True)
        return read(self, video)

    with monkeypatch.context() as patched:
        patched.setattr(VideoReading, "read", unplugged)
        told = vigil(*words)
    assert isinstance(told.exception, UserError)
    assert "02.mp4: is no longer there" in str(told.exception)
    write_video(root / "02.mp4", [plain()] * 3)
    assert "read now: 1 videos" in vigil(*words).output
    assert len(FeatureSet.open(out).rows) == 2


def test_a_video_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    root, out = tmp_path / "set", tmp_path / "out"
    write_video(root / "02.mp4", [plain()] * 3)
    (root / "01.mp4").write_bytes(b"no video")
    told = vigil("c-expr", "--root", root, "--out", out, "--visual", "default")
    assert told.exit_code == 0, told.output
    made = FeatureSet.open(out)
    assert [row.video for row in made.rows] == ["02"]
    assert made.features(0).frame_count == 3
    left_out = [note for note in made.notes if note.startswith("left out: 01.mp4")]
    assert len(left_out) == 1 and str(tmp_path) not in left_out[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--visual, --audio or both"),
        (("--visual", "default", "--visual", "x=default", "--visual", "x=default"), "called x"),
        (("--visual", "default", "--device", "tpu"), "--device is tpu"),
        (("--visual", "default", "--every", "2", "--frame-rate", "5"), "one of them"),
        (("--visual", "default", "--second-detector", "nowhere.onnx"), "nowhere.onnx"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    write_video(tmp_path / "set" / "01.mp4", [plain()] * 2)
    told = vigil("c-expr", "--root", tmp_path / "set", "--out", tmp_path / "out", *words)
    assert isinstance(told.exception, UserError) and sentence in str(told.exception)
    assert not (tmp_path / "out").exists()


def test_labels_of_another_video_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [plain()] * 5)
    video = LabelledVideo("a", path, frame_labels={"x": np.zeros(50, np.int64)})
    with pytest.raises(UnusableSourceError, match="5 frames but 50 labels"):
        seen_video(video, None, Thinning())


def test_a_table_of_the_first_frames_alone_labels_those(tmp_path: Path) -> None:
    root, out = tmp_path / "set", tmp_path / "out"
    write_video(root / "01.mp4", [plain()] * 8)
    write_lines(root / "labels.txt", "image_location", "01/00001.jpg,6", "01/00002.jpg,0")
    assert vigil("c-expr", "--root", root, "--out", out, "--visual", "default").exit_code == 0
    assert FeatureSet.open(out).features(0).frame_labels["compound"].tolist() == [6, 0, *[-1] * 6]
