"""Which clips teachers are asked about: what each label learns from, and what its weights are chosen by."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.taught_clips import Lesson
from model_compression.distillation.teacher import ClipTeacher
from model_compression.training.clips.labels import Question
from model_compression.training.clips.source import open_sources
from model_compression.training.clips.varied_clip import ClipAugmentation
from model_compression.training.config import DataSet

_HELD_OUT_SHARE = 0.15  # of the people, where the set has no val split


def lesson_for(
    store: ClipStore,
    teachers: Sequence[ClipTeacher],
    *,
    variants: int,
    frames: int,
    seed: int,
    augmentation: ClipAugmentation | None = None,
) -> Lesson:
    """Raises `UserError` where teachers of one label ask differently, or the clips lack a label."""
    asked: dict[str, tuple[Question, int]] = {}
    for teacher in teachers:
        own = (teacher.question, teacher.outputs)
        if asked.setdefault(teacher.question.label, own) != own:
            raise UserError(
                f"{teacher.path}: tells other classes of {teacher.question.label} than the teacher before;"
                " teachers of one label have to agree in positive_from and objective."
            )
    learned: set[int] = set()
    held_out: set[int] = set()
    for question, _ in asked.values():
        (source,) = open_sources(
            (DataSet(name=str(store.folder)),),
            question,
            fold=None,
            held_out_share=_HELD_OUT_SHARE,
        )
        learned |= {clip.row for clip in source.learned}
        held_out |= {clip.row for clip in source.held_out}
    return Lesson(
        store=store,
        rows=tuple(sorted(learned | held_out)),
        varied=frozenset(learned - held_out),
        variants=variants,
        frames=frames,
        seed=seed,
        augmentation=augmentation or ClipAugmentation(),
    )
