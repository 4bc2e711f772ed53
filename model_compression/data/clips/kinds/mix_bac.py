"""Videos of drivers with a known blood alcohol concentration, laid out as Vigil asks for it.

The set of paper 1 (MiX Telematics: 60 people, each sober, at 0.05 to 0.07 and at 0.08 g/100 ml and more, 10 minutes
a clip) has no public layout. Here a table lies beside the videos:

    clips.csv                                     video,person,bac_g_per_100ml,fold
    videos/p01_sober.mp4 (any path below)         videos/p01_sober.mp4,p01,0.00,1

`fold` may be left out: then people are shared out to five folds by their names' order, each person to one. Classes:
none below 0.05, moderate below 0.08, strong from there on.
"""

from __future__ import annotations

from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, INTOXICATION
from model_compression.data.clips.label_table import real_number, table_rows, whole_number
from model_compression.data.clips.source_video import FoundSet, SourceVideo

TABLE = "clips.csv"
COLUMNS = ("video", "person", "bac_g_per_100ml")
FOLDS = 5
MODERATE_FROM, STRONG_FROM = 0.05, 0.08  # g/100 ml
_DEADLY = 0.6  # what is more was written in another unit


def find(root: Path) -> FoundSet:
    table = root / TABLE
    if not table.is_file():
        return FoundSet((), (f"{TABLE} with the columns {', '.join(COLUMNS)}",))
    videos: list[SourceVideo] = []
    missing: list[str] = []
    for where, row in table_rows(table, COLUMNS):
        if not row["video"] or not row["person"]:
            raise UserError(f"{where}: video and person must both be told.")
        path = root / row["video"]
        if not path.is_file():
            missing.append(row["video"])
            continue
        level = _level(row["bac_g_per_100ml"], where)
        fold = whole_number(row["fold"], where, "fold") if row.get("fold") else 0
        if row.get("fold") and fold < 1:
            raise UserError(f"{where}: fold is {fold} but must be 1 or more.")
        videos.append(
            SourceVideo(row["video"], path, row["person"], fold=fold, labels={INTOXICATION: level})
        )
    if not videos and not missing:
        raise UserError(f"{table}: lists no video.")
    return _with_folds(videos, missing, table)


def _level(text: str, where: str) -> int:
    concentration = real_number(text, where, "bac_g_per_100ml")
    if concentration > _DEADLY:
        raise UserError(
            f"{where}: bac_g_per_100ml is '{text}' but must be grams in 100 ml of blood, from 0 to {_DEADLY:g}."
        )
    names = CLASSES[INTOXICATION]
    if concentration < MODERATE_FROM:
        return names.index("none")
    return names.index("moderate" if concentration < STRONG_FROM else "strong")


def _with_folds(videos: list[SourceVideo], missing: list[str], table: Path) -> FoundSet:
    """Raises `UserError` where some have a fold and others not, or a person is in two."""
    if any(video.fold for video in videos):
        folds: dict[str, int] = {}
        for video in videos:
            if not video.fold:
                raise UserError(f"{table}: {video.video} has no fold while others have; add it.")
            if folds.setdefault(video.person, video.fold) != video.fold:
                raise UserError(
                    f"{table}: {video.person} is in folds {folds[video.person]} and {video.fold}; a person belongs"
                    " into one, or the same face is trained and tested on."
                )
        return FoundSet(tuple(videos), tuple(missing))
    people = sorted({video.person for video in videos})
    shared = {person: number % FOLDS + 1 for number, person in enumerate(people)}
    return FoundSet(
        tuple(
            SourceVideo(
                video.video,
                video.path,
                video.person,
                fold=shared[video.person],
                labels=video.labels,
            )
            for video in videos
        ),
        tuple(missing),
        (f"People were shared out to {FOLDS} folds by Vigil; the set tells none.",),
    )
