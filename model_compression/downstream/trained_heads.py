"""Trained heads asked about the videos of a feature set; and students that tell valence and arousal by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, VALENCE
from model_compression.data.features.feature_set import FeatureSet
from model_compression.downstream.affect import VideoAffect, truth_of
from model_compression.downstream.intensities import IntensityAnswers, descriptor, truths_of
from model_compression.downstream.streams import affect_places, check_made_by, stream_named
from model_compression.training.network_file import NetworkFile, read_network

VALENCE_AROUSAL, MIMICRY = "valence_arousal", "mimicry"


@dataclass(frozen=True, slots=True)
class TrainedHead:
    """A run of one of the two tasks."""

    path: Path
    file: NetworkFile

    @staticmethod
    def open(path: Path) -> TrainedHead:
        """path: a `network.pt`, or the folder of its run. Raises `UserError`."""
        file = read_network(path)
        if file.config["task"]["name"] not in (VALENCE_AROUSAL, MIMICRY):
            raise UserError(
                f"{path}: learned {file.config['task']['name']}, not {VALENCE_AROUSAL} or {MIMICRY}; name another run."
            )
        return TrainedHead(path, file)

    @property
    def task(self) -> str:
        return str(self.file.config["task"]["name"])

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(self.file.told["streams"])

    @property
    def fold(self) -> int | None:
        """That it keeps apart."""
        fold: int | None = self.file.config["task"]["options"].get("fold")
        return fold

    def warnings(self, features: FeatureSet, split: str) -> list[str]:
        """Against taking figures of these videos for those of unseen ones."""
        if features.fingerprint != self.file.told["fingerprint"]:
            return [
                f"{self.path}: learned from another set; whether people of {features.folder} are in that too is not"
                " known."
            ]
        options = self.file.config["task"]["options"]
        by_people = options.get("choose_by", "val") == "people"
        if split in ("train", "all"):
            return [f"{self.path}: learned from these videos."]
        if split == "val" and not by_people and options.get("fold") is None:
            return [
                f"{self.path}: its weights were chosen by these videos, as in paper 4; train it with"
                " task.options.choose_by=people to keep them unseen."
            ]
        return []

    def check(self, features: FeatureSet) -> None:
        """Raises `UserError` unless the same networks read these features."""
        for name, made_by in zip(self.streams, self.file.told["made_by"], strict=True):
            if name not in features.streams:
                raise UserError(
                    f"{features.folder}: has no stream {name}, which {self.path} reads; it has"
                    f" {', '.join(features.streams)}."
                )
            check_made_by(features, name, made_by, self.path)


@torch.no_grad()
def affect_by_head(
    head: TrainedHead, features: FeatureSet, numbers: Sequence[int]
) -> list[VideoAffect]:
    head.check(features)
    network = head.file.network()
    answered = []
    for number in numbers:
        row, video = features.rows[number], features.features(number)
        dense, present = video.of_main_face(head.streams[0])
        said = network(torch.from_numpy(dense))["valence_arousal"].numpy()
        answered.append(VideoAffect(row.video, row.person, said, present, truth_of(video)))
    return answered


def affect_by_student(
    features: FeatureSet, stream: str, numbers: Sequence[int]
) -> list[VideoAffect]:
    """What the student says by itself, without having seen the set (paper 4, table 3). Raises `UserError`."""
    name = stream_named(features, stream, "face")
    valence, arousal = affect_places(features.streams[name].places)
    if valence is None or arousal is None:
        raise UserError(
            f"{features.folder}: {name} does not name {VALENCE} and {AROUSAL} among its places; its student does not"
            " tell them."
        )
    answered = []
    for number in numbers:
        row, video = features.rows[number], features.features(number)
        dense, present = video.of_main_face(name)
        answered.append(
            VideoAffect(
                row.video, row.person, dense[:, [valence, arousal]], present, truth_of(video)
            )
        )
    return answered


@torch.no_grad()
def intensities_by_head(
    head: TrainedHead, features: FeatureSet, numbers: Sequence[int]
) -> IntensityAnswers:
    head.check(features)
    network, told = head.file.network(), head.file.told
    rows = tuple(features.rows[number] for number in numbers)
    names = tuple(told["intensities"])
    said = np.full((len(rows), len(names)), np.nan)
    for at, number in enumerate(numbers):
        one = descriptor(features, number, head.streams, told["statistics"], told["face_every"])
        if one is not None:
            given = torch.from_numpy(one.astype(np.float32))[None]
            said[at] = network(given)["intensities"][0].numpy()
    return IntensityAnswers(names, rows, said, truths_of(rows, names))
