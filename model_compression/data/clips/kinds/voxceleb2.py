"""VoxCeleb2, the development part: utterances of 5 994 people cut out of interviews; faces to learn from unlabelled.

    [dev/][mp4/]id00012/21Uxsk56VDQ/00001.mp4

A parent's name stands for each level: a person, a video of the web, an utterance. The classes of `identity` are the
people; val is a tenth of each person's videos of the web (`kept_apart`), so that an interview is never in both. Any
part of the people may be there. The people of VoxCeleb2's own test part are others, and are not read.
"""

from __future__ import annotations

from pathlib import Path

from model_compression.data.clips.classes import IDENTITY
from model_compression.data.clips.decoding import is_video
from model_compression.data.clips.kept_apart import kept_apart
from model_compression.data.clips.source_video import FoundSet, SourceVideo

_TOPS = ("dev/mp4", "dev", "mp4", "")
_PERSON = "id[0-9]*"


def find(root: Path) -> FoundSet:
    top = next((one for top in _TOPS if any((one := root / top).glob(_PERSON))), None)
    people: dict[str, list[tuple[str, Path]]] = {}
    for folder in sorted(top.glob(_PERSON)) if top else ():
        found = [(path.parent.name, path) for path in sorted(folder.glob("*/*")) if is_video(path)]
        if found:
            people[folder.name] = found
    if not people:
        return FoundSet((), ("dev/mp4/id00012/<video>/00001.mp4 and the like",))
    classes = tuple(people)
    videos = []
    for number, (person, found) in enumerate(people.items()):
        labels = {IDENTITY: number}
        apart = kept_apart({f"{person}/{of_web}" for of_web, _ in found})
        for of_web, path in found:
            split = "val" if f"{person}/{of_web}" in apart else "train"
            name = f"{person}/{of_web}/{path.stem}"
            videos.append(SourceVideo(name, path, person, split=split, labels=labels))
    return FoundSet(tuple(videos), classes={IDENTITY: classes})
