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
    rate_hz: float,
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
    folds = {teacher.fold for teacher in teachers}
    if len(folds) > 1:
        raise UserError(
            f"{teachers[-1].path}: was kept from another fold than the teacher before; teach with teachers of one fold."
        )
    fold = teachers[0].fold
    learned: set[int] = set()
    apart: set[str] = set()  # who is held out for one label is not learned from for another
    held_out: set[int] = set()
    for question, _ in asked.values():
        (source,) = open_sources(
            (DataSet(name=str(store.folder)),),
            question,
            fold=fold,
            held_out_share=_HELD_OUT_SHARE,
        )
        learned |= {clip.row for clip in source.learned}
        held_out |= {clip.row for clip in source.held_out}
        apart |= {clip.person or clip.video for clip in source.held_out}
    learned = {row for row in learned if _who(store, row) not in apart}
    return Lesson(
        store=store,
        rows=tuple(sorted(learned | held_out)),
        varied=frozenset(learned),
        variants=variants,
        frames=frames,
        rate_hz=rate_hz,
        seed=seed,
        augmentation=augmentation or ClipAugmentation(),
    )


def _who(store: ClipStore, row: int) -> str:
    return store.rows[row].person or store.rows[row].video
