"""`truth`: eyelid states labelled by looking, against openness as the vehicle would read it.

Clips are decoded in order through the tracker, so that its state is real; stills stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.observation import FaceObservation
from edge_app.face.signal_reading import SignalReader
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.clip_frames import frame_count, frames_of
from model_compression.evaluation.eye_truth import LabelledFrame, read_truth
from model_compression.evaluation.eyelid_figures import EyelidTable
from model_compression.evaluation.kinds.nir import person_of
from model_compression.evaluation.measured import Measured
from model_compression.evaluation.near_duplicates import clusters_of, thumbnail
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.subgroups import (
    Groups,
    by_groups,
    groups_of,
    left_out_of_groups,
    seen_face,
)

_NIR = "nir"  # the archive whose file names begin with the person


@dataclass(frozen=True, slots=True)
class _SeenFrame:
    """A labelled frame and what each contestant says of it."""

    label: LabelledFrame
    image: NDArray[np.uint8]
    frame: Frame
    seen: dict[str, FaceObservation | None]


def measure(path: Path, bench: Bench) -> Measured:
    read = read_truth(path)
    frames = _chosen(read, path, bench)
    table = EyelidTable(bench.roles)
    readers = {c.role: SignalReader(c.settings) for c in bench.contestants}
    clusters: set[str] = set()
    for file, labels in _by_file(frames).items():
        seen = list(
            _stills(file, labels, bench) if labels[0].member else _clip(file, labels, bench)
        )
        for one, cluster in zip(
            seen, _clusters(file, [s.image for s in seen], labels), strict=True
        ):
            clusters.add(cluster)
            _add_eyes(table, one, cluster, readers, bench)
    count = len(clusters)
    rows = np.arange(len(table.eyes))
    figures = table.figures(rows)
    groups_of_eyes = [eye.groups for eye in table.eyes]
    groups = by_groups(groups_of_eyes, table.figures)
    subsets = sorted({eye.subset for eye in table.eyes})
    groups["subset"] = {
        subset: table.figures(np.array([i for i, e in enumerate(table.eyes) if e.subset == subset]))
        for subset in subsets
    }
    notes = (
        f"{len(table.eyes)} eyes with an agreed label in {len(frames)} frames; intervals draw whole sources: clips,"
        f" people of {_NIR}, near-duplicate clusters of other stills, {count} in all",
        "uar: thresholds picked on the same eyes, in the perception's favour; uar_left_out: on all other sources",
        "an eye of a face not found is wrong in uar, and left out of the AUCs: eyes_read tells the share",
    )
    shown = [person_of(f.member) for f in read if f.file.stem == _NIR and f.member is not None]
    return Measured(
        n=len(frames),
        people=None,
        figures=figures,
        groups=groups,
        confusions=table.confusions(rows),
        left_out=bench.choice.left_out(_NIR, shown),
        left_out_of_groups=left_out_of_groups(groups_of_eyes),
        notes=notes,
    )


def _chosen(frames: list[LabelledFrame], path: Path, bench: Bench) -> list[LabelledFrame]:
    choice = bench.choice

    def wanted(frame: LabelledFrame) -> bool:
        if not frame.states or not choice.takes_clip(frame.file.name):
            return False
        if frame.member is not None and frame.file.stem == _NIR:
            return choice.takes_person(_NIR, person_of(frame.member))
        return True

    chosen = [frame for frame in frames if wanted(frame)]
    if not chosen:
        raise UserError(f"{path}: no labelled frame is of the clips or people asked for")
    return spread(chosen, choice.limit)


def _by_file(frames: list[LabelledFrame]) -> dict[Path, list[LabelledFrame]]:
    files: dict[Path, list[LabelledFrame]] = {}
    for frame in frames:
        files.setdefault(frame.file, []).append(frame)
    return files


def _stills(file: Path, labels: list[LabelledFrame], bench: Bench) -> Iterator[_SeenFrame]:
    with PictureStore(file) as store:
        for label in bench.track(labels, len(labels), file.name):
            if label.member is None or label.member not in store:
                raise UserError(f"{file}: has no picture {label.member}, which the csv names")
            image = store.read(label.member)
            seen = {c.role: c.read_still(image) for c in bench.contestants}
            yield _SeenFrame(label, image, Frame(image, 0.0, 0), seen)


def _clip(file: Path, labels: list[LabelledFrame], bench: Bench) -> Iterator[_SeenFrame]:
    wanted = {label.frame: label for label in labels}
    last = max(wanted)
    trackers = {c.role: c.tracker() for c in bench.contestants}
    for frame in bench.track(frames_of(file), min(last + 1, frame_count(file) or last), file.name):
        seen = {role: tracker.step(frame) for role, tracker in trackers.items()}
        label = wanted.pop(frame.index, None)
        if label is not None:
            yield _SeenFrame(label, frame.image, frame, seen)
        if frame.index >= last:
            break
    if wanted:
        raise UserError(
            f"{file}: has no frame {min(wanted)}, which the csv names; copy the clip again"
        )


def _clusters(
    file: Path, images: list[NDArray[np.uint8]], labels: list[LabelledFrame]
) -> list[str]:
    """What a bootstrap draws as a whole: the clip, the person, or the near-duplicates."""
    if labels[0].member is None:
        return [file.name] * len(labels)
    if file.stem == _NIR:
        return [f"{_NIR}:{person_of(label.member or '')}" for label in labels]
    found = clusters_of([thumbnail(image) for image in images])
    return [f"{file.name}:{cluster}" for cluster in found]


def _add_eyes(
    table: EyelidTable,
    one: _SeenFrame,
    cluster: str,
    readers: dict[str, SignalReader],
    bench: Bench,
) -> None:
    groups = _groups(one, bench.roles[0])
    for side, state in one.label.states.items():
        closure, available = {}, {}
        for role, face in one.seen.items():
            closure[role], available[role] = float("nan"), False
            if face is not None:
                closure[role] = 1.0 - getattr(face, f"eye_openness_{side}").value
                signals = readers[role].read(one.frame, face)
                available[role] = getattr(signals, f"eye_openness_{side}").value is not None
        table.add(cluster, one.label.subset, state, closure, available, groups)
        role = bench.roles[0]
        face = one.seen[role]
        if face is not None:
            wrong = abs(closure[role] - state / 2)
            words = f"{'OPC'[state]} closure {closure[role]:.2f} {side} {one.label.name}"
            points = getattr(face.landmarks, f"eyelid_{side}")
            bench.worst.add("eyelids", wrong, _around(one.image, points), words)


def _groups(one: _SeenFrame, role: str) -> Groups:
    found = (seen_face(face) for face in one.seen.values() if face is not None)
    face = next(found, None)
    return {} if face is None else groups_of(one.image, face, one.seen[role])


def _around(image: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The eye and what is beside it."""
    low, high = points.min(axis=0), points.max(axis=0)
    reach = max(8.0, float((high - low).max()))
    x, y = ((low + high) / 2).tolist()
    top, left = max(0, int(y - reach)), max(0, int(x - reach))
    cut = image[top : max(top + 1, int(y + reach)), left : max(left + 1, int(x + reach))]
    return cut if cut.size else image
