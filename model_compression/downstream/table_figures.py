"""The figures of paper 4's tables 2, 3, 5, 6 and 7 by the names that its printed columns have.

| table | figures |
|---|---|
| 2 | `affect_figures_of` a run of `valence-arousal`, `raw` and `smoothed` |
| 3 | `zero_shot_figures` of a student's scores |
| 5, 6 | `compound_figures_of` a student's scores, whose clusters may be of sound |
| 7 | `mimicry_figures_of` a run of `mimicry` (scores) or `mimicry-hidden` (embeddings, sound), or of two, fused |
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.downstream.affect import HALF_WIDTH, Way, affect_figures
from model_compression.downstream.compound_figures import balance_figures, label_figures
from model_compression.downstream.compound_models import (
    CompoundModel,
    compound_models,
    told_students,
)
from model_compression.downstream.fusion import PRINTED_FACE_SHARE, fused
from model_compression.downstream.held_out import rows_asked
from model_compression.downstream.intensities import MEAN, IntensityAnswers, intensity_figures
from model_compression.downstream.trained_heads import (
    TrainedHead,
    affect_by_head,
    affect_by_student,
    intensities_by_head,
)
from model_compression.evaluation.figure import Figures

# What a model goes by -> the end of its figures' names.
_CLUSTERED = MappingProxyType({"scores": "scores", "embedding": "embeddings"})
_FACES_AND_SOUND = 2


def affect_figures_of(run: Path, features: Path, way: Way, *, split: str = "val") -> Figures:
    """`ccc_valence`, `ccc_arousal`, `p_va` over frames with a face, as the paper counts. Raises `UserError`."""
    head, opened = TrainedHead.open(run), FeatureSet.open(features)
    videos = affect_by_head(head, opened, rows_asked(opened, split, head.fold))
    return affect_figures(videos, way, half_width=HALF_WIDTH)


def zero_shot_figures(features: Path, stream: str = "scores", *, split: str = "val") -> Figures:
    """The same of what the student says by itself."""
    opened = FeatureSet.open(features)
    return affect_figures(affect_by_student(opened, stream, rows_asked(opened, split)), "raw")


def compound_figures_of(
    features: Path, student: str | None = None, *, seed: int = 0, split: str = "all"
) -> Figures:
    """`kl_scores`, `kl_clustered_scores`, `kl_clustered_embeddings`, `kl_clustered_audio`.

    Where frames are labelled also `macro_f1`, by scores, and `macro_f1_clustered_audio`. student: of several in the
    set; of several streams of sound the first counts. Raises `UserError`.
    """
    opened = FeatureSet.open(features)
    students = list(told_students(opened).values())
    if student is None and len(students) > 1:
        raise UserError(
            f"{opened.folder}: has features of {', '.join(students)}; name one of these students."
        )
    figures: Figures = {}
    # The others are not read: their clusters would take minutes for nothing.
    for model in compound_models(opened, split=split, cluster=True, seed=seed, only=student):
        end = _end(model)
        told = balance_figures(model.videos) | label_figures(model.videos)
        figures.setdefault(f"kl_{end}", told["kl"])
        if "macro_f1" in told:
            figures.setdefault(
                "macro_f1" if end == "scores" else f"macro_f1_{end}", told["macro_f1"]
            )
    return figures


def mimicry_figures_of(runs: Sequence[Path], features: Path, *, split: str = "val") -> Figures:
    """`pcc` and `pcc_<intensity>` of one head, or of a head of faces and one of sound, fused.

    Fused as in the public code that table 7 comes from: a tenth of the face's answer, a share that was picked on the
    validation videos. Raises `UserError`.
    """
    opened = FeatureSet.open(features)
    heads = [TrainedHead.open(run) for run in runs]
    answers = [
        intensities_by_head(head, opened, rows_asked(opened, split, head.fold)) for head in heads
    ]
    together = answers[0]
    if len(heads) == _FACES_AND_SOUND:
        face, sound = face_and_sound(opened, heads, answers)
        together = fused(face, sound, face_share=PRINTED_FACE_SHARE)
    told = intensity_figures(together)
    return {"pcc" if name == MEAN else f"pcc_{name}": figure for name, figure in told.items()}


def face_and_sound(
    features: FeatureSet, heads: Sequence[TrainedHead], answers: Sequence[IntensityAnswers]
) -> tuple[IntensityAnswers, IntensityAnswers]:
    """Of two heads, the one of faces first. Raises `UserError` where they are alike."""
    of_face = [all(features.streams[name].of == "face" for name in head.streams) for head in heads]
    if len(heads) != _FACES_AND_SOUND or of_face[0] == of_face[1]:
        raise UserError("one head of faces and one of sound can be fused; name a run of each.")
    first, second = answers
    return (first, second) if of_face[0] else (second, first)


def _end(model: CompoundModel) -> str:
    if model.by == "scores":
        return "scores"
    stream = model.by.removeprefix("clusters of ")
    return f"clustered_{_CLUSTERED.get(stream, 'audio')}"
