"""`clips`: videos of one driver each, followed by the vehicle's own tracker: face found, points, head angles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model_compression.evaluation.bench import Bench
from model_compression.evaluation.clip_frames import clip_paths, frame_count, frames_of
from model_compression.evaluation.face_table import FaceTable
from model_compression.evaluation.figure import CLIPS
from model_compression.evaluation.measured import Measured
from model_compression.evaluation.subgroups import by_groups, left_out_of_groups

_TEACHER_EVERY = 3  # frames; neighbours differ little, and four views cost more than all else


def measure(path: Path, bench: Bench) -> Measured:
    table = FaceTable(bench)
    clips = bench.choice.chosen_clips(clip_paths(path), path)
    for clip in clips:
        _follow(clip, table, bench)
    # Elsewhere a face that nobody found would be in no group, and its group would look better than it is.
    judged = [i for i, row in enumerate(table.rows) if row.teacher_asked or bench.teacher is None]
    groups_of_rows = [table.rows[i].groups for i in judged]
    groups = by_groups(groups_of_rows, lambda rows: table.figures(np.array(judged)[rows], CLIPS))
    groups["clip"] = {
        clip.name: table.figures(
            [i for i, row in enumerate(table.rows) if row.cluster == clip.name], CLIPS
        )
        for clip in clips
    }
    return Measured(
        n=len(table.rows),
        people=len(clips),
        figures=table.figures(range(len(table.rows)), CLIPS),
        groups=groups,
        left_out_of_groups=left_out_of_groups(groups_of_rows),
        notes=(
            f"one driver a clip; the teacher is asked every {_TEACHER_EVERY}rd frame, and only those are grouped",
        ),
    )


def _follow(clip: Path, table: FaceTable, bench: Bench) -> None:
    trackers = {c.role: c.tracker() for c in bench.contestants}
    limit = bench.choice.limit
    total = frame_count(clip)
    if limit is not None:
        total = limit if total is None else min(limit, total)
    for frame in bench.track(frames_of(clip), total, clip.name):
        if limit is not None and frame.index >= limit:
            break
        seen = {role: tracker.step(frame) for role, tracker in trackers.items()}
        asked = frame.index % _TEACHER_EVERY == 0
        reading = table.ask_teacher(frame.image, seen) if asked else None
        name = f"{clip.name}:{frame.index}"
        table.add(frame.image, name, clip.name, seen, reading, asked=asked)
