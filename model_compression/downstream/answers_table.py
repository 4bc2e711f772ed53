"""What is said of each frame or video as rows of a table, one column for each answer; written as CSV.

`frame` counts the frames that were read, from 0; of a video that was read thinned only `t_s` is the video's own.
"""

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
from model_compression.data.features.frame_features import FeatureRow
from model_compression.downstream.affect import WAYS, VideoAffect, over_time
from model_compression.downstream.intensities import IntensityAnswers
from model_compression.evaluation.figure import Floats

FRAME_COLUMNS = ("video", "frame", "t_s", "has_face")
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


def frame_rates(rows: Iterable[FeatureRow]) -> dict[str, float]:
    """Of each video, of the frames that were read."""
    return {row.video: row.frame_rate_hz for row in rows}


def frame_cells(video: str, frame: int, frame_rate_hz: float, face: np.bool_) -> list[object]:
    """Of `FRAME_COLUMNS`. The first frame that was read is the video's first."""
    return [video, frame, f"{frame / frame_rate_hz:.3f}", int(face)]


def affect_table(
    answers: Mapping[str, Sequence[VideoAffect]],
    half_width: int,
    rates_hz: Mapping[str, float],
) -> AnswersTable:
    """answers: of each head, to the same videos. A row for each frame; empty where nothing is true or said.

    rates_hz: of `frame_rates`.
    """
    said = [f"{name}, {way}, {what}" for name in answers for way in WAYS for what in _COLUMNS]
    head = (*FRAME_COLUMNS, *(f"true {what}" for what in _COLUMNS), *said)
    return AnswersTable(head, _affect_rows(list(answers.values()), half_width, rates_hz))


def _affect_rows(
    answers: Sequence[Sequence[VideoAffect]], half_width: int, rates_hz: Mapping[str, float]
) -> Iterator[_Row]:
    for videos in zip(*answers, strict=True):
        first = videos[0]
        told = [first.truth, *(_over_time(one, half_width) for one in videos)]
        numbers = np.concatenate(told, axis=1)
        for frame, (face, row) in enumerate(zip(first.present, numbers, strict=True)):
            own = frame_cells(first.video, frame, rates_hz[first.video], face)
            yield [*own, *map(_written, row)]


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
