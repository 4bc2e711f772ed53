"""What is said of each frame or video as rows of a table, one column for each answer; written as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, VALENCE
from model_compression.data.clips.whole_file import write_whole
from model_compression.downstream.affect import WAYS, VideoAffect, over_time
from model_compression.downstream.intensities import IntensityAnswers
from model_compression.evaluation.figure import Floats

_COLUMNS = (VALENCE, AROUSAL)
_Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class AnswersTable:
    """rows: read once, each as long as `head`."""

    head: Sequence[str]
    rows: Iterable[_Row]

    def write(self, file: Path) -> None:
        """Replaces the file in one step. Raises `UserError`."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.head)
        writer.writerows(self.rows)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, text.getvalue().encode())
        except OSError as error:
            raise UserError(
                f"{file}: cannot be written ({error.strerror or error}); choose another place."
            ) from error


def affect_table(answers: Mapping[str, Sequence[VideoAffect]], half_width: int) -> AnswersTable:
    """answers: of each head, to the same videos. A row for each frame; empty where nothing is true or said."""
    said = [f"{name}, {way}, {what}" for name in answers for way in WAYS for what in _COLUMNS]
    head = ("video", "frame", "has_face", *(f"true {what}" for what in _COLUMNS), *said)
    return AnswersTable(head, _affect_rows(list(answers.values()), half_width))


def _affect_rows(answers: Sequence[Sequence[VideoAffect]], half_width: int) -> Iterator[_Row]:
    for videos in zip(*answers, strict=True):
        first = videos[0]
        told = [first.truth, *(_over_time(one, half_width) for one in videos)]
        numbers = np.concatenate(told, axis=1)
        for frame, (face, row) in enumerate(zip(first.present, numbers, strict=True)):
            yield [first.video, frame, int(face), *map(_written, row)]


def _over_time(video: VideoAffect, half_width: int) -> Floats:
    """(T, 6): each way's valence and arousal."""
    if not video.present.any():
        return np.full((len(video.present), len(WAYS) * len(_COLUMNS)), np.nan)
    return np.concatenate([over_time(video, way, half_width) for way in WAYS], axis=1)


def intensity_table(answers: Mapping[str, IntensityAnswers]) -> AnswersTable:
    """answers: of each head, to the same videos. A row for each video."""
    each = list(answers.values())
    said = [f"{name}, {what}" for name, one in answers.items() for what in one.names]
    head = ("video", *(f"true {what}" for what in each[0].names), *said)
    numbers = np.concatenate([each[0].truth, *(one.said for one in each)], axis=1)
    rows = zip(each[0].rows, numbers, strict=True)
    return AnswersTable(head, ([row.video, *map(_written, own)] for row, own in rows))


def _written(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.5f}"
