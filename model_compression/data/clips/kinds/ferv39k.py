"""FERV39k: clips of 22 scenes with one of seven expressions, by the public lists of all scenes.

    4_setups/All_scenes/{train,test}_All.csv                    <scene>/<emotion>/<clip> <label>
    2_ClipsforFaceCrop/<scene>/<emotion>/<clip>/*.jpg           frames cut around the face, or <clip>.mp4 (.avi)

The folder of clips may lie in another one of its own name, and the lists in `All_scenes` beside it, as copies of the
set differ in that. A first line that names columns is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import EXPRESSION, emotion_number
from model_compression.data.clips.decoding import VIDEO_SUFFIXES, holds_pictures
from model_compression.data.clips.source_video import FoundSet, SourceVideo

CLIPS, LISTS = "2_ClipsforFaceCrop", "4_setups/All_scenes"
SPLITS = ("train", "test")
_FRAME_RATE_HZ = 25.0  # of the frames, which do not tell theirs


def find(root: Path) -> FoundSet:
    videos: dict[str, SourceVideo] = {}
    missing: list[str] = []
    for split in SPLITS:
        path = _list(root, split)
        if path is None:
            missing.append(f"{LISTS}/{split}_All.csv")
            continue
        for where, name, emotion in _listed(path):
            other = videos.get(name)
            if other is not None and other.split != split:
                raise UserError(f"{where}: {name} is in {other.split} too; copy the lists again.")
            if other is not None and other.labels[EXPRESSION] != emotion:
                raise UserError(f"{where}: {name} had another label before; copy the lists again.")
            clip = _clip(root, name)
            if clip is None:
                missing.append(f"{CLIPS}/{name}")
                continue
            rate = _FRAME_RATE_HZ if clip.is_dir() else None
            videos[name] = SourceVideo(
                name, clip, split=split, labels={EXPRESSION: emotion}, frame_rate_hz=rate
            )
    return FoundSet(tuple(videos.values()), tuple(missing))


def _list(root: Path, split: str) -> Path | None:
    places = (root / LISTS, root / "All_scenes")
    return next((one for p in places if (one := p / f"{split}_All.csv").is_file()), None)


def _listed(path: Path) -> Iterator[tuple[str, str, int]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); copy it again.") from error
    for number, line in enumerate(lines, 1):
        parts = [part for part in re.split(r"[\s,]+", line) if part]
        if not parts:
            continue
        emotion = emotion_number(parts[-1])
        if len(parts) != 2 or emotion is None:
            if number == 1:
                continue
            raise UserError(
                f"{path} line {number}: is '{line.strip()}', where a clip and one of seven expressions belong."
            )
        yield f"{path} line {number}", parts[0].replace("\\", "/").strip("/"), emotion


def _clip(root: Path, name: str) -> Path | None:
    for top in (root / CLIPS, root / CLIPS / CLIPS):
        clip = top / name
        if holds_pictures(clip):
            return clip
        for suffix in VIDEO_SUFFIXES:
            video = clip if clip.suffix == suffix else clip.with_name(f"{clip.name}{suffix}")
            if video.is_file():
                return video
    return None
