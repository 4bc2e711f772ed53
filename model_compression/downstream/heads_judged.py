"""Heads on frozen students measured on the videos of a feature set: the report on them, and the table of answers."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.downstream.affect import WAYS, Which, affect_figures, without_a_face
from model_compression.downstream.answers_table import (
    AnswersTable,
    affect_table,
    frame_rates,
    intensity_table,
)
from model_compression.downstream.fusion import fused
from model_compression.downstream.heads_report import HeadsReport
from model_compression.downstream.held_out import rows_asked
from model_compression.downstream.intensities import intensity_figures
from model_compression.downstream.table_figures import face_and_sound
from model_compression.downstream.trained_heads import (
    TrainedHead,
    affect_by_head,
    affect_by_student,
    intensities_by_head,
)

_WHICH: dict[Which, str] = {"with-face": "frames with a face", "all": "all labelled frames"}


def affect_judged(
    heads: Sequence[TrainedHead],
    features: FeatureSet,
    *,
    split: str,
    zero_shot: str | None,
    half_width: int,
) -> tuple[HeadsReport, AnswersTable]:
    """zero_shot: stream of a student that is measured by itself, beside the heads. Raises `UserError`."""
    numbers = rows_asked(features, split, _fold_of(heads))
    answers = {str(head.path): affect_by_head(head, features, numbers) for head in heads}
    if zero_shot is not None:
        answers[f"{zero_shot} by itself"] = affect_by_student(features, zero_shot, numbers)
    parts, notes = {}, []
    for name, videos in answers.items():
        for way in WAYS:
            for which, told in _WHICH.items():
                parts[f"{name}, {way}, {told}"] = affect_figures(
                    videos, way, half_width=half_width, which=which
                )
        labelled = sum(int(one.labelled.sum()) for one in videos)
        faceless = sum(int((one.labelled & ~one.present).sum()) for one in videos)
        notes.append(f"{name}: {faceless} of {labelled} labelled frames have no face.")
    report = HeadsReport(
        task="valence and arousal",
        which=split,
        how=f"smoothed over {half_width} frames to either side (causal: of the past alone)",
        settings={"half_width": half_width},
        features=features,
        networks=tuple(answers),
        parts=parts,
        missing={name: tuple(without_a_face(videos)) for name, videos in answers.items()},
        warnings=_warnings(heads, features, split),
        notes=tuple(notes),
    )
    return report, affect_table(answers, half_width, frame_rates(features.rows))


def mimicry_judged(
    heads: Sequence[TrainedHead],
    features: FeatureSet,
    *,
    split: str,
    face_share: float,
    standardised: bool,
) -> tuple[HeadsReport, AnswersTable]:
    """Of one head, or of one of faces and one of sound, each by itself and both fused. Raises `UserError`."""
    numbers = rows_asked(features, split, _fold_of(heads))
    answers = {str(head.path): intensities_by_head(head, features, numbers) for head in heads}
    settings: dict[str, object] = {}
    if len(heads) > 1:
        face, sound = face_and_sound(features, heads, list(answers.values()))
        how = ", of one spread" if standardised else ""
        answers[f"fused, {face_share:g} of the face{how}"] = fused(
            face, sound, face_share=face_share, standardised=standardised
        )
        settings = {"face_share": face_share, "standardised": standardised}
    report = HeadsReport(
        task="mimicry",
        which=split,
        how="",
        settings=settings,
        features=features,
        networks=tuple(str(head.path) for head in heads),
        parts={name: intensity_figures(one) for name, one in answers.items()},
        missing={name: tuple(one.missing) for name, one in answers.items()},
        warnings=_warnings(heads, features, split),
    )
    return report, intensity_table(answers)


def _fold_of(heads: Sequence[TrainedHead]) -> int | None:
    folds = {head.fold for head in heads}
    if len(folds) > 1:
        raise UserError("the runs keep different folds apart; evaluate them one by one.")
    return next(iter(folds), None)


def _warnings(heads: Sequence[TrainedHead], features: FeatureSet, split: str) -> tuple[str, ...]:
    return tuple(line for head in heads for line in head.warnings(features, split))
