"""The report on trained clip networks: which were asked about which clips, and what came out; also as JSON.

`docs/teacher.md` describes the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from model_compression.evaluation.clips.pooling import Pooling
from model_compression.evaluation.clips.scores import Scores
from model_compression.evaluation.figure import Figures
from model_compression.evaluation.report import Json, figures_as_json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ScoredNetwork:
    path: str
    sha256: str  # of its file
    name: str
    parameters: int
    step: int  # of the training, at which its weights were best
    seed: int
    fold: int | None  # that was kept from it
    n: int
    figures: Figures  # accuracy and uar, of its own clips


@dataclass(frozen=True, slots=True)
class ScoredSet:
    path: str
    kind: str
    fingerprint: str
    simulated: bool
    n: int  # clips that were scored
    notes: tuple[str, ...]  # what who reads a result should know of it


@dataclass(frozen=True, slots=True)
class TeacherReport:
    label: str
    positive_from: str | None
    which: str  # clips, in words: `test`, `fold 3`
    networks: tuple[ScoredNetwork, ...]
    sets: tuple[ScoredSet, ...]
    clips: Scores
    videos: Scores | None
    by_video: Pooling  # how the clips of a video are taken together
    warnings: tuple[str, ...]  # against taking the figures for those of unseen people
    notes: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        return any(each.simulated for each in self.sets)

    @property
    def seeds(self) -> int:
        return len({network.seed for network in self.networks})

    @property
    def folds(self) -> int:
        return len({network.fold for network in self.networks})


def document(report: TeacherReport, *, date: str, machine: Mapping[str, object]) -> Json:
    videos = None
    if report.videos is not None:
        videos = {"taken_together": report.by_video, **_scores(report.videos)}
    return {
        "format": FORMAT,
        "date": date,
        "machine": dict(machine),
        "label": report.label,
        "positive_from": report.positive_from,
        "classes": list(report.clips.classes),
        "which": report.which,
        "networks": [
            {**asdict(network), **figures_as_json(network.figures)} for network in report.networks
        ],
        "sets": [asdict(each) for each in report.sets],
        "clips": _scores(report.clips),
        "videos": videos,
        "warnings": list(report.warnings),
        "notes": list(report.notes),
    }


def _scores(scores: Scores) -> Json:
    return {
        "n": scores.n,
        "people": scores.people,
        **figures_as_json(scores.figures),
        "guessing": asdict(scores.guessing),
        "confusion": scores.confusion.as_json(),
        "reliability": [asdict(each) for each in scores.reliability],
    }
