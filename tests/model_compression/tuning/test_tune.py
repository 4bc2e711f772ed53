"""Answers of made-up students: what is chosen of them, and what the command says when it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import typer
from typer.testing import CliRunner

from edge_app.bundle.heads import VISIBILITY
from edge_app.errors import UserError
from model_compression.commands.tune import tune
from model_compression.tuning.answers import FaceAnswers, SceneAnswers
from model_compression.tuning.tune import chosen

STARTING_POINTS = Path(__file__).resolve().parents[3] / "model_compression" / "starting_points"
FACES = 400


def face_answers(rng: np.random.Generator, *, eyes_know: bool) -> FaceAnswers:
    """Both parts see what covers the face; only one of them reads the aperture."""
    visibility = rng.integers(0, 2, (FACES, len(VISIBILITY))).astype(np.float32)
    visibility[:, 0] = 1
    logits = (8 * visibility - 4 + rng.normal(0, 1, visibility.shape)).astype(np.float32)
    openness = rng.uniform(0, 1, (FACES, 2)).astype(np.float32)
    good = np.stack([openness, np.full_like(openness, -3.0)], axis=2)
    bad = np.stack(
        [rng.uniform(0, 1, openness.shape), np.full_like(openness, -3.0)], axis=2
    ).astype(np.float32)
    eyes, face = (good, bad) if eyes_know else (bad, good)
    return FaceAnswers(
        visibility_logits=logits,
        visible_logits=logits[:, 1:3],
        visibility=visibility,
        openness_face=np.concatenate([face[:, :, 0], face[:, :, 1]], axis=1),
        openness_eyes=eyes,
        openness=openness,
        openness_known=np.ones((FACES, 2), dtype=np.float32),
    )


def scene_answers(rng: np.random.Generator) -> SceneAnswers:
    """Two places in each of 150 empty scenes."""
    return SceneAnswers(
        faces_score=rng.uniform(0.6, 1.0, 300).astype(np.float32),
        faces_logit=rng.normal(5, 0.5, 300).astype(np.float32),
        empty_score=rng.uniform(0.0, 0.4, 300).astype(np.float32),
        empty_logit=rng.normal(-3, 0.5, 300).astype(np.float32),
        empty_scene=np.arange(300) // 2,
        empty_scenes=150,
    )


@pytest.mark.parametrize("eyes_know", [True, False])
def test_the_part_that_knows_the_aperture_is_believed(eyes_know: bool) -> None:
    rng = np.random.default_rng(4)
    tuning = chosen(face_answers(rng, eyes_know=eyes_know), scene_answers(rng))
    assert tuning.thresholds.openness_face_weight == (0.0 if eyes_know else 1.0)


def test_faces_pass_and_empty_places_do_not() -> None:
    rng = np.random.default_rng(5)
    tuning = chosen(face_answers(rng, eyes_know=True), scene_answers(rng))
    assert tuning.figures["faces_above_heat"] == 1.0
    assert tuning.figures["found_faces_above_face"] == 1.0
    assert tuning.figures["empty_scenes_above_face"] == 0.0
    assert tuning.figures["eye_balanced_accuracy"] > 0.95
    assert tuning.figures["mask_balanced_accuracy"] > 0.95


def test_a_doubtful_place_must_look_the_more_like_a_face() -> None:
    rng = np.random.default_rng(6)
    faces = face_answers(rng, eyes_know=True)
    none = scene_answers(rng)
    # The same looks: where the detector does not doubt the empty places, the threshold must keep them out alone.
    alike = replace(
        none,
        faces_logit=rng.normal(0.5, 0.1, 300).astype(np.float32),
        empty_logit=rng.normal(0.2, 0.1, 300).astype(np.float32),
    )
    doubted = chosen(faces, replace(alike, empty_score=np.full(300, 0.4, dtype=np.float32)))
    believed = chosen(faces, replace(alike, empty_score=np.full(300, 0.7, dtype=np.float32)))
    assert doubted.thresholds.face < believed.thresholds.face
    assert believed.figures["empty_scenes_above_face"] < 0.02


def test_missing_part_is_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(tune)
    facts = tmp_path / "facts.yaml"
    given = [str(STARTING_POINTS / "eyes.pt"), "--facts", str(facts)]
    told = CliRunner().invoke(app, given).exception
    assert isinstance(told, UserError)
    assert "detector is missing" in str(told)
    twice = CliRunner().invoke(app, [given[0], *given]).exception
    assert isinstance(twice, UserError)
    assert "second student of the part eyes" in str(twice)
    assert not facts.exists()
