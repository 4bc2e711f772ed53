"""Aff-Wild2 (ABAW): long videos, labelled frame by frame with one of eight expressions, or with valence and arousal.

    [batch*/]<NAME>.mp4 or .avi                                            videos, for sound and where crops are missing
    [*Annotations/]{EXPR,VA}_*_Challenge/{Train_Set,Validation_Set}/<NAME>[_left,_right].txt      a line for each frame
    cropped_aligned/<NAME>[_left,_right]/00001.jpg                                           the face of the first frame

The first line of a label file names what follows. EXPR: 0 neutral, 1 anger, 2 disgust, 3 fear, 4 happiness, 5 sadness,
6 surprise, 7 other; -1 is no valid label. VA: `valence,arousal`; -5 is none. A frame whose picture is missing shows no
face. Test is published without labels and is not read. Written from what is publicly told of the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, CLASSES, EXPRESSION_OTHER, VALENCE
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.data.features.kinds.abaw_tree import SIDES, AbawTree, whole_name
from model_compression.data.features.labelled_video import FoundVideos, LabelledVideo, Side

SPLITS = {"train": "Train_Set", "val": "Validation_Set"}
_EXPRESSIONS = ("neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise", "other")
_NO_VALUE = -5.0

Labels = tuple[Mapping[str, NDArray[np.int64]], Mapping[str, NDArray[np.float32]]]


def find_expressions(root: Path) -> FoundVideos:
    return _found(root, "EXPR", _expressions, {EXPRESSION_OTHER: CLASSES[EXPRESSION_OTHER]})


def find_valence_arousal(root: Path) -> FoundVideos:
    return _found(root, "VA", _valence_arousal, {})


def _found(
    root: Path,
    challenge: str,
    read: Callable[[Path], Labels],
    classes: Mapping[str, tuple[str, ...]],
) -> FoundVideos:
    tree = AbawTree(root)
    annotations = tree.folder_named(challenge, holding=tuple(SPLITS.values()))
    if annotations is None:
        return FoundVideos((), missing=(f"{challenge}_*_Challenge/{SPLITS['train']}",))
    videos: list[LabelledVideo] = []
    missing: list[str] = []
    for split, folder in SPLITS.items():
        files = sorted((annotations / folder).glob("*.txt"))
        if not files:
            missing.append(str((annotations / folder).relative_to(root)))
        for path in files:
            file, crops = tree.videos.get(whole_name(path.stem)), tree.crops(path.stem)
            if file is None and not crops:
                missing.append(f"{path.stem} (video or cropped_aligned)")
                continue
            labels, values = read(path)
            videos.append(
                LabelledVideo(
                    path.stem,
                    file=file,
                    crops=crops,
                    sound=file,
                    side=_side(path.stem),
                    split=split,
                    frame_labels=labels,
                    frame_values=values,
                )
            )
    notes = []
    searched = sum(not video.crops for video in videos)
    if 0 < searched < len(videos):
        notes.append(f"{searched} videos have no crops: their faces are searched")
    silent = sum(video.file is None for video in videos)
    if silent:
        notes.append(
            f"{silent} videos have crops only: no sound, and 25 frames a second are taken for granted"
        )
    return FoundVideos(tuple(videos), classes, tuple(missing), tuple(notes))


def _side(name: str) -> Side:
    if not name.endswith(SIDES):
        return ""
    return "left" if name.endswith("_left") else "right"


def _expressions(path: Path) -> Labels:
    to_ours = [CLASSES[EXPRESSION_OTHER].index(name) for name in _EXPRESSIONS]
    classes = []
    for where, line in _lines(path):
        try:
            number = int(line)
        except ValueError:
            number = len(_EXPRESSIONS)
        if not NO_CLASS <= number < len(_EXPRESSIONS):
            raise UserError(
                f"{where}: is '{line}' but must be a class from -1 to {len(_EXPRESSIONS) - 1}."
            )
        classes.append(NO_CLASS if number == NO_CLASS else to_ours[number])
    return {EXPRESSION_OTHER: np.array(classes, np.int64)}, {}


def _valence_arousal(path: Path) -> Labels:
    pairs = []
    for where, line in _lines(path):
        try:
            valence, arousal = (float(part) for part in line.split(","))
        except ValueError:
            valence = arousal = np.inf
        if _NO_VALUE in (valence, arousal):
            valence = arousal = np.nan
        elif not (-1 <= valence <= 1 and -1 <= arousal <= 1):
            raise UserError(
                f"{where}: is '{line}' but must be valence,arousal from -1 to 1, or -5 for none."
            )
        pairs.append((valence, arousal))
    told = np.array(pairs, np.float32).reshape(-1, 2)
    return {}, {VALENCE: told[:, 0].copy(), AROUSAL: told[:, 1].copy()}


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """`FILE line N` and what stands there, from the second line on: one for each frame. Raises `UserError`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}).") from error
    # Else labels would all be of the frame before theirs.
    if not lines or not any(sign.isalpha() for sign in lines[0]):
        raise UserError(f"{path}: its first line must name what follows; copy it again.")
    for number, line in enumerate(lines[1:], start=2):
        yield f"{path} line {number}", line.strip()
