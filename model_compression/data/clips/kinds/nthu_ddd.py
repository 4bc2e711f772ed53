"""NTHU-DDD, the drowsy drivers of National Tsing Hua University: 36 subjects, a digit for each frame (1: drowsy).

    [Training_Evaluation_Dataset/]Training Dataset/<subject>/<scenario>/<behaviour>.avi
                                                                       /<subject>_<behaviour>_drowsiness.txt
    [Training_Evaluation_Dataset/]Evaluation Dataset/<subject>/<subject>_<scenario>_mix.mp4
                                                              /<subject>_<scenario>_mixing_drowsiness.txt
    Testing_Dataset/**/<subject>_<scenario>_mix.mp4, and the labels in any folder below

are train, val and test. Folders may have spaces or underscores in their names, videos may be .avi or .mp4, and the
night is written `night_glasses` or `nightglasses`, as copies of the set differ in that. Eyes, head and mouth, which
the set labels too, are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import ALERT, DROWSINESS, DROWSY
from model_compression.data.clips.decoding import is_video
from model_compression.data.clips.source_video import FoundSet, FrameLabels, SourceVideo

SCENARIOS = ("glasses", "night_glasses", "night_noglasses", "noglasses", "sunglasses")
BEHAVIOURS = ("nonsleepyCombination", "sleepyCombination", "slowBlinkWithNodding", "yawning")
MIX = "mix"
# Subjects as published, by split.
SUBJECTS = {
    "train": (
        *("001", "002", "005", "006", "008", "009", "012", "013", "015", "020", "023", "024"),
        *("031", "032", "033", "034", "035", "036"),
    ),
    "val": ("004", "022", "026", "030"),
    "test": (
        *("003", "010", "011", "014", "016", "017", "018", "019", "021", "025"),
        *("027", "028", "029", "037"),
    ),
}
_FOLDERS = {
    "train": ("trainingdataset", "training"),
    "val": ("evaluationdataset", "evaluation"),
    "test": ("testingdataset", "testdataset", "testing", "test"),
}
_TOLD_FOLDERS = {
    "train": "Training Dataset",
    "val": "Evaluation Dataset",
    "test": "Testing_Dataset",
}
_WHOLE = "trainingevaluationdataset"
_LABELS_SUFFIX = "drowsiness.txt"
_DIGITS = {"0": ALERT, "1": DROWSY}


@dataclass
class _Files:
    """Of one split, by subject, scenario and behaviour, each without underscores and in small letters."""

    videos: dict[tuple[str, str, str], Path] = field(default_factory=dict)
    labels: dict[tuple[str, str, str], Path] = field(default_factory=dict)


def find(root: Path) -> FoundSet:
    videos: list[SourceVideo] = []
    missing: list[str] = []
    for split in SUBJECTS:
        files = _files(root, split)
        published = {
            (subject, scenario, behaviour)
            for subject in SUBJECTS[split]
            for scenario in SCENARIOS
            for behaviour in (BEHAVIOURS if split == "train" else (MIX,))
        }
        keys = {(s, _plain(scenario), _plain(b)): (s, scenario, b) for s, scenario, b in published}
        keys |= {key: key for key in files.videos if key not in keys}
        for key, (subject, scenario, behaviour) in sorted(keys.items()):
            video = f"{subject}/{scenario}/{behaviour}"
            if key not in files.videos:
                missing.append(f"{_TOLD_FOLDERS[split]}: video of {video}")
            elif key not in files.labels:
                missing.append(f"{_TOLD_FOLDERS[split]}: drowsiness labels of {video}")
            else:
                labels = FrameLabels(DROWSINESS, _digits(files.labels[key]))
                videos.append(
                    SourceVideo(video, files.videos[key], subject, split=split, frame_labels=labels)
                )
    _refuse_shared_people(videos, root)
    return FoundSet(tuple(videos), tuple(missing))


def _refuse_shared_people(videos: list[SourceVideo], root: Path) -> None:
    """Raises `UserError`: a network would be measured on people that it has learned."""
    split_of: dict[str, str] = {}
    for video in videos:
        other = split_of.setdefault(video.person, video.split)
        if other != video.split:
            raise UserError(
                f"{root}: subject {video.person} is in {other} and in {video.split}; remove one of them."
            )


def _files(root: Path, split: str) -> _Files:
    found = _Files()
    for folder in _split_folders(root, split):
        for path in sorted(folder.rglob("*")):
            name = path.name.lower()
            if name.startswith("."):
                continue
            if name.endswith(_LABELS_SUFFIX):
                key = _key(path.with_suffix("").name.rpartition("_")[0], path, split)
                found.labels.setdefault(key, path)
            elif is_video(path):
                found.videos.setdefault(_key(path.stem, path, split), path)
    return found


def _split_folders(root: Path, split: str) -> Iterator[Path]:
    tops = [root, *(one for one in root.iterdir() if _plain(one.name) == _WHOLE)]
    for top in tops:
        for folder in top.iterdir() if top.is_dir() else ():
            if folder.is_dir() and _plain(folder.name) in _FOLDERS[split]:
                yield folder


def _key(name: str, path: Path, split: str) -> tuple[str, str, str]:
    """name: without what comes after the behaviour. Folders tell subject and scenario in train, the name elsewhere."""
    if split == "train":
        subject, scenario = path.parent.parent.name, path.parent.name
        behaviour = name.removeprefix(f"{subject}_")
        return subject, _plain(scenario), _plain(behaviour)
    subject, _, rest = name.partition("_")
    scenario, _, behaviour = rest.rpartition("_")
    # Labels are of the `mixing`, videos of the `mix`.
    return subject, _plain(scenario), _plain(behaviour).removesuffix("ing")


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "")


def _digits(path: Path) -> bytes:
    """A class for each frame. Raises `UserError` for a file with anything but the two digits."""
    try:
        text = "".join(path.read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); copy it again.") from error
    wrong = sorted(set(text) - set(_DIGITS))
    if wrong or not text:
        told = f"has '{wrong[0]}' in it" if wrong else "is empty"
        raise UserError(f"{path}: {told}, where a 0 or 1 for each frame belongs; copy it again.")
    return bytes(_DIGITS[digit] for digit in text)
