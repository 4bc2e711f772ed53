"""Prepared sets of drawn pictures: a spot whose place is the class, whose brightness is valence, whose size arousal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_compression.data.clips.classes import CLASSES, IDENTITY
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import ClipIndex, Place, Shard

SIDE_PX = 32


def spot(label: int, valence: float, arousal: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(32, 32): classes stand on a ring, none beside its mirror image's."""
    turn = 2 * np.pi * (label + 0.25) / 9
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    middle = SIDE_PX / 2 + 9 * np.array([np.sin(turn), np.cos(turn)])
    width = 3.0 + arousal
    bright = (150 + 60 * valence) * np.exp(
        -((y - middle[0]) ** 2 + (x - middle[1]) ** 2) / (2 * width**2)
    )
    return np.clip(30 + bright + rng.normal(0, 3, bright.shape), 0, 255).astype(np.uint8)


def drawn_pictures(
    folder: Path,
    *,
    task: str = "expression_8",
    each: Mapping[str, int] | None = None,
    classes: Sequence[int] | None = None,
    people: int = 0,
    values: bool = True,
    frames: int = 1,
    channels: int = 1,
    wrong: Mapping[str, int] | None = None,
) -> Path:
    """`folder`, filled as `vigil data prepare` leaves it.

    each: split -> pictures of each class; classes: only these of the task; people: of an `identity` set; wrong: clip ->
    another label.
    """
    names = tuple(f"p{n}" for n in range(people)) if task == IDENTITY else CLASSES[task]
    rng = np.random.default_rng(0)
    rows: list[ClipRow] = []
    pixels: list[NDArray[np.uint8]] = []
    for split, count in (each or {"train": 4, "val": 2}).items():
        for label in range(len(names)) if classes is None else classes:
            for number in range(count):
                name = f"{split}-{label}-{number}"
                valence, arousal = (float(v) for v in rng.uniform(-1, 1, 2))
                rows.append(
                    ClipRow(
                        clip=name,
                        video=name,
                        person=names[label] if task == IDENTITY else "",
                        split=split,
                        fold=0,
                        labels={task: (wrong or {}).get(name, label)},
                        frame_count=frames,
                        frame_rate_hz=1.0,
                        start_s=0.0,
                        values={"valence": valence, "arousal": arousal} if values else {},
                    )
                )
                drawn = np.stack([spot(label, valence, arousal, rng) for _ in range(frames)])
                pixels.append(np.repeat(drawn[..., np.newaxis], channels, axis=3))
    content = b"".join(clip.tobytes() for clip in pixels)
    (folder / "shards").mkdir(parents=True)
    (folder / "shards" / "0.u8").write_bytes(content)
    size = frames * SIDE_PX * SIDE_PX * channels
    ClipIndex(
        description={"kind": "drawn", "settings": {"size_px": SIDE_PX, "channels": channels}},
        classes={task: names},
        shards=(Shard("shards/0.u8", len(content), hashlib.sha256(content).hexdigest()),),
        rows=tuple(rows),
        places=tuple(Place(0, number * size) for number in range(len(rows))),
        left_out=(),
        missing=(),
        notes=(),
        frame_count=frames * len(rows),
        face_count=frames * len(rows),
    ).write(folder)
    return folder
