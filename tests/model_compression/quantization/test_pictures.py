"""Trial pictures are what the parts see in the vehicle: standardized crops of the same faces, with their truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.face.head_rotation import rotation_of
from model_compression.data.labelled_face import labelled_face
from model_compression.data.labelled_set import labels_folder, save_labels
from model_compression.quantization.pictures import (
    KnownFace,
    framed,
    labelled_faces,
    representative_faces,
    representative_pictures,
    trial_pictures,
    with_emotions,
)
from tests.model_compression.detector.painted_people import labelled_set

PAINTED = labelled_set(people=12)
FACES = [labelled_face(PAINTED, row) for row in range(6)]


def test_shapes_are_those_of_the_parts() -> None:
    pictures = trial_pictures(FACES, np.random.default_rng(0), face_px=112)
    assert pictures.face.shape == (6, 1, 1, 112, 112)
    assert pictures.eyes.shape == (6, 2, 1, 48, 64)
    assert pictures.image.shape == (6, 1, 1, 192, 192)
    assert pictures.face.dtype == pictures.eyes.dtype == pictures.image.dtype == np.float32


def test_pictures_are_standardized() -> None:
    pictures = trial_pictures(FACES, np.random.default_rng(0), face_px=112)
    assert np.abs(pictures.face.mean(axis=(2, 3, 4))).max() < 1e-3
    assert pictures.face.std(axis=(2, 3, 4)).max() < 1.001


def test_every_head_with_a_truth_has_one_for_each_face() -> None:
    truth = trial_pictures(FACES, np.random.default_rng(0), face_px=112).truth
    shapes = {head: values.shape for head, values in truth.items()}
    assert shapes["landmarks"] == (6, 146, 2)
    assert shapes["openness"] == (6, 2)
    assert shapes["iris"] == (6, 2, 3)
    assert shapes["expression"] == (6,)
    assert np.isnan(truth["expression"]).all(), "painted people have no labelled emotion"


def test_expression_is_shown_what_the_face_part_is_shown() -> None:
    pictures = trial_pictures(FACES, np.random.default_rng(0), face_px=112)
    assert np.array_equal(pictures.shown_to("expression"), pictures.face)


def test_expression_is_shown_its_own_size_where_the_face_part_sees_another() -> None:
    shown = trial_pictures(FACES, np.random.default_rng(0), face_px=224).shown_to("expression")
    assert shown.shape == (6, 1, 1, 112, 112)
    assert np.abs(shown.mean(axis=(2, 3, 4))).max() < 1e-3
    assert shown.std(axis=(2, 3, 4)).max() < 1.001


def test_face_lies_inside_its_frame() -> None:
    shown = framed(FACES[0], np.random.default_rng(2))
    assert shown.frame.shape == (240, 320) and shown.frame.dtype == np.uint8
    assert shown.frame.std() > 2


def test_detector_is_told_where_the_face_lies() -> None:
    truth = trial_pictures(FACES, np.random.default_rng(0), face_px=112).truth
    known = np.isfinite(truth["box"]).all(axis=1)
    assert known.any()
    for box, points in zip(truth["box"][known], truth["points"][known], strict=True):
        assert (np.abs(points - box[:2]) < 0.6 * box[2:]).all(), "the five points lie in the box"


def test_no_face_is_one_sentence() -> None:
    with pytest.raises(UserError, match="no faces to measure with"):
        trial_pictures([], np.random.default_rng(0), face_px=112)


def test_held_out_people_and_the_others_are_kept_apart(tmp_path: Path) -> None:
    painted = labelled_set("faces", people=120)
    save_labels(labels_folder("faces", tmp_path), painted.pixels, painted.labels, "painted")
    mine = labelled_faces(["faces"], held_out=False, cache_root=tmp_path)
    held_out = labelled_faces(["faces"], held_out=True, cache_root=tmp_path)
    assert mine and held_out
    assert not {known.person for known in mine} & {known.person for known in held_out}


def test_sets_that_are_not_there_are_left_out_unless_none_is(tmp_path: Path) -> None:
    save_labels(labels_folder("faces", tmp_path), PAINTED.pixels, PAINTED.labels, "painted")
    assert labelled_faces(["nir", "faces"], held_out=False, cache_root=tmp_path)
    with pytest.raises(UserError, match="'nir' has no teacher labels"):
        labelled_faces(["nir"], held_out=False, cache_root=tmp_path)


def test_representative_pictures_are_as_many_as_asked(tmp_path: Path) -> None:
    save_labels(labels_folder("faces", tmp_path), PAINTED.pixels, PAINTED.labels, "painted")
    faces = labelled_faces(["faces"], held_out=False, cache_root=tmp_path)
    pictures = representative_pictures(faces, 5, np.random.default_rng(0), face_px=64)
    assert len(pictures) == 5
    assert pictures.face.shape[-1] == 64


def test_light_pose_and_people_are_what_is_covered() -> None:
    """Of faces alike but for a few that are dark, turned, tilted or other people's, these are among the chosen."""
    rng = np.random.default_rng(0)
    usual = [KnownFace(FACES[0], "usual", "faces")] * 60
    dark = replace(FACES[0], picture=FACES[0].picture // 4)
    turned = replace(FACES[0], rotation=rotation_of(0.9, 0.0, 0.0))
    tilted = replace(FACES[0], rotation=rotation_of(0.0, 0.6, 0.0))
    rare = [KnownFace(face, "usual", "faces") for face in (dark, turned, tilted)]
    others = [KnownFace(FACES[0], "usual", "nir"), KnownFace(FACES[0], "another", "faces")]
    chosen = representative_faces([*usual, *rare, *others], 17, rng)
    own = {id(known) for known in chosen.faces}
    assert all(id(known) in own for known in (*rare, *others))
    assert (chosen.coverage.people_chosen, chosen.coverage.people_there) == (3, 3)
    assert chosen.coverage.cells_chosen == chosen.coverage.cells_there == 4


def test_chosen_faces_are_told_with_their_light_and_pose() -> None:
    turned = replace(FACES[1], rotation=rotation_of(0.9, 0.0, 0.0))
    faces = [KnownFace(face, "", "faces") for face in (FACES[0], turned)]
    chosen = representative_faces(faces, 2, np.random.default_rng(0))
    assert chosen.luma == pytest.approx([around.mean() for around in chosen.around], abs=1e-3)
    assert chosen.angles_rad[1] == pytest.approx([0.9, 0.0], abs=1e-3)
    assert (chosen.coverage.people_chosen, chosen.coverage.unnamed_chosen) == (0, 2)


def test_emotions_are_shown_to_the_expression_part_alone() -> None:
    happy = [replace(face, emotion=3) for face in FACES[:2] * 4]
    rng = np.random.default_rng(0)
    pictures = with_emotions(trial_pictures(FACES, rng, face_px=224), happy, rng)
    assert len(pictures) == len(pictures.shown_to("face")) == len(pictures.shown_to("eyes")) == 6
    assert pictures.shown_to("expression").shape == (8, 1, 1, 112, 112)
    assert pictures.truth["expression"].tolist() == [3.0] * 8
    assert pictures.truth["landmarks"].shape == (6, 146, 2)
