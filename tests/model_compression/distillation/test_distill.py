"""`vigil distill` from trained teachers to a head, with drawn clips and the built-in face part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.distill import distill
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.frame_student import FrameStudent
from model_compression.distillation.lesson_plan import lesson_for
from model_compression.distillation.taught_clips import read_taught, taught
from model_compression.distillation.teacher import ClipTeacher
from model_compression.training.network_file import read_network
from tests.model_compression.clips.conftest import Teach, teach  # noqa: F401
from tests.model_compression.clips.drawn_clips import drawn_set
from tests.model_compression.tasks.unilearn import clips_of, learn, pictures_of

app = typer.Typer()
app.command()(distill)
SMALL = (
    "--set",
    "stages.0.steps=6",
    "--set",
    "stages.0.warmup_steps=1",
    "--set",
    "stages.0.batch=4",
)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    return drawn_set(tmp_path / "clips", people={"train": 2, "val": 1, "test": 1})


@pytest.fixture
def teacher(teach: Teach, clips: Path, tmp_path: Path) -> Path:  # noqa: F811
    teach(clips, out="teacher")
    return tmp_path / "teacher"


def asked(clips: Path, *teachers: Path, variants: int = 2):  # type: ignore[no-untyped-def]
    opened = [ClipTeacher.open(place) for place in teachers]
    lesson = lesson_for(
        ClipStore.open(clips), opened, variants=variants, frames=4, rate_hz=4.0, seed=3
    )
    return opened, lesson


def test_teachers_are_asked_about_every_variant_and_never_about_test(
    clips: Path, teacher: Path, tmp_path: Path
) -> None:
    opened, lesson = asked(clips, teacher)
    found = taught(
        tmp_path / "taught", lesson, FrameStudent.open("mobilefacenet"), opened, lambda *_: None
    )
    rows = ClipStore.open(clips).rows
    assert {rows[int(row)].split for row in found.rows} == {"train", "val"}
    assert {rows[row].split for row in found.varied} == {"train"}
    assert found.features.shape == (len(found.rows), 2, 4, 256)
    assert found.logits[0].shape == (len(found.rows), 2, 2)
    varied = np.array([int(row) in found.varied for row in found.rows])
    alike = np.array([np.array_equal(one[0], one[1]) for one in found.features])
    assert (alike == ~varied).all()


def test_what_was_told_is_not_asked_again(
    clips: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, lesson = asked(clips, teacher)
    student = FrameStudent.open("mobilefacenet")
    first = taught(tmp_path / "taught", lesson, student, opened, lambda *_: None)

    def spoken(*_: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(ClipTeacher, "says", spoken)
    again = taught(tmp_path / "taught", lesson, student, opened, lambda *_: None)
    assert np.array_equal(first.features, again.features)
    assert first.fingerprint == read_taught(tmp_path / "taught").fingerprint


def test_lesson_of_other_variants_is_not_taken_for_this_one(
    clips: Path, teacher: Path, tmp_path: Path
) -> None:
    student = FrameStudent.open("mobilefacenet")
    opened, lesson = asked(clips, teacher)
    taught(tmp_path / "taught", lesson, student, opened, lambda *_: None)
    opened, other = asked(clips, teacher, variants=3)
    with pytest.raises(UserError, match="was taught with another variants"):
        taught(tmp_path / "taught", other, student, opened, lambda *_: None)


def test_command_leaves_a_head_that_goes_on_where_it_was_stopped(
    clips: Path, teacher: Path, tmp_path: Path
) -> None:
    words = [
        "--teacher",
        str(teacher),
        "--clips",
        str(clips),
        "--out",
        str(tmp_path / "head"),
    ]
    words += ["--variants", "2", "--frames", "4", "--threads", "1", *SMALL]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    file = read_network(tmp_path / "head")
    assert (file.part, file.choice.options["labels"]) == ("temporal", {"drowsiness": 2})
    assert file.told["classes"] == {"drowsiness": ["alert", "drowsy"]}
    assert file.told["follows"] == FrameStudent.open("mobilefacenet").sha256
    said = file.network()(torch.zeros(1, 3, 256))
    assert said["drowsiness"].shape == (1, 3, 2)
    again = CliRunner().invoke(app, [*words, "--resume"])
    assert again.exit_code == 0, again.output


def test_teachers_that_ask_differently_cannot_be_averaged(
    teach: Teach,  # noqa: F811
    tmp_path: Path,
) -> None:
    clips = drawn_set(tmp_path / "clips", task="intoxication", people={"train": 2, "val": 1})
    asks = "task.options.label=intoxication"
    teach(clips, asks, out="three")
    teach(clips, asks, "task.options.positive_from=strong", out="two")
    with pytest.raises(
        UserError, match="tells other classes of intoxication than the teacher before"
    ):
        asked(clips, tmp_path / "three", tmp_path / "two")


def test_student_is_no_teacher(clips: Path, tmp_path: Path) -> None:
    starting_point = Path(__file__).parents[3] / "model_compression" / "starting_points" / "face.pt"
    with pytest.raises(UserError, match="is no clip teacher"):
        ClipTeacher.open(starting_point)


def test_teacher_is_no_frame_student(teacher: Path) -> None:
    with pytest.raises(UserError, match="follows a face part"):
        FrameStudent.open(str(teacher))


def test_a_transformer_that_learned_clips_and_pictures_teaches_too(tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "clips", people={"train": 2, "val": 1, "test": 1})
    pictures = pictures_of(tmp_path / "pictures", each={"train": 2, "val": 1})
    learn("unilearn-small", (clips, pictures), tmp_path / "joint", "stages.0.steps=3")
    words = ["--teacher", str(tmp_path / "joint"), "--clips", str(clips)]
    words += ["--out", str(tmp_path / "head"), "--variants", "2", "--frames", "4", "--threads", "1"]
    done = CliRunner().invoke(app, [*words, *SMALL])
    assert done.exit_code == 0, done.output
    head = read_network(tmp_path / "head")
    assert set(head.told["classes"]) == {"expression"}
    teacher = ClipTeacher.open(tmp_path / "joint")
    rows = np.arange(len(ClipStore.open(clips)))
    assert len(read_taught(tmp_path / "head" / "taught").rows) < len(rows)  # test is not taught
    assert teacher.question.label == "expression"
