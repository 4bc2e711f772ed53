"""A prepared set of drawn clips: a spot that moves one way for each class, people with a light of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import ClipIndex, Place, Shard

SIDE_PX = 32
FRAMES = 8


def moving_spot(label: int, person: int, number: int, channels: int) -> NDArray[np.uint8]:
    """(T, H, W, C): the spot starts in the middle and goes `label` eighths of a turn from the right."""
    rng = np.random.default_rng([label, person, number])
    turn = label * np.pi / 4 + rng.normal(0, 0.1)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    frames = []
    for t in range(FRAMES):
        along = t * 1.6 - 4
        middle = SIDE_PX / 2 + along * np.array([np.sin(turn), np.cos(turn)])
        spot = np.exp(-((y - middle[0]) ** 2 + (x - middle[1]) ** 2) / 18)
        frames.append(60 + 10 * person + 120 * spot + rng.normal(0, 4, spot.shape))
    clip = np.clip(np.stack(frames), 0, 255).astype(np.uint8)[..., np.newaxis]
    return np.repeat(clip, channels, axis=3)


def drawn_set(
    folder: Path,
    labels: Mapping[str, int] | None = None,
    *,
    task: str = "drowsiness",
    people: Mapping[str, int] | None = None,
    clips_each: int = 2,
    folds: int = 0,
    channels: int = 1,
) -> Path:
    """`folder`, filled as `vigil data prepare` leaves it. people: split -> how many; labels: clip -> a wrong class."""
    rows: list[ClipRow] = []
    pixels: list[NDArray[np.uint8]] = []
    who = 0
    for split, count in (people or {"train": 4, "val": 2, "test": 2}).items():
        for _ in range(count):
            for label in range(len(CLASSES[task])):
                for number in range(clips_each):
                    name = f"{split}-{who}-{label}-{number}"
                    said = (labels or {}).get(name, label)
                    fold = who % folds + 1 if folds else 0
                    rows.append(
                        ClipRow(
                            clip=name,
                            video=name,
                            person=f"p{who}",
                            split="" if folds else split,
                            fold=fold,
                            labels={task: said},
                            frame_count=FRAMES,
                            frame_rate_hz=8.0,
                            start_s=0.0,
                        )
                    )
                    pixels.append(moving_spot(label, who, number, channels))
            who += 1
    content = b"".join(clip.tobytes() for clip in pixels)
    (folder / "shards").mkdir(parents=True)
    (folder / "shards" / "0.u8").write_bytes(content)
    each = FRAMES * SIDE_PX * SIDE_PX * channels
    ClipIndex(
        description={"kind": "simulated", "settings": {"size_px": SIDE_PX, "channels": channels}},
        classes={task: CLASSES[task]},
        shards=(Shard("shards/0.u8", len(content), hashlib.sha256(content).hexdigest()),),
        rows=tuple(rows),
        places=tuple(Place(0, number * each) for number in range(len(rows))),
        left_out=(),
        missing=(),
        notes=(),
        frame_count=FRAMES * len(rows),
        face_count=FRAMES * len(rows),
    ).write(folder)
    return folder
