"""A trained network of faces and sound: which one it is, and what it tells of the frames of a feature set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from edge_app.errors import UserError
from edge_app.sound.smoothing import Smoothing
from model_compression.audio_visual.lambda_fusion import LambdaFusion
from model_compression.data.features.feature_set import FeatureSet
from model_compression.downstream.held_out import rows_asked
from model_compression.downstream.streams import check_made_by
from model_compression.evaluation.bench import Track, untracked
from model_compression.evaluation.frames.answers import FrameAnswers
from model_compression.training.device import DeviceChoice, chosen_device
from model_compression.training.frames.answering import answers_to
from model_compression.training.frames.videos import watched
from model_compression.training.network_file import NetworkFile, file_at, read_network
from model_compression.training.tasks.audio_visual import AudioVisualOptions, options_of


@dataclass(frozen=True, slots=True, eq=False)
class FrameNetwork:
    """In eval mode."""

    path: Path
    file: NetworkFile
    options: AudioVisualOptions  # that it learned with
    network: nn.Module

    @staticmethod
    def open(run: Path, *, visual_weight: float | None = None) -> FrameNetwork:
        """run: folder of a training, or its `network.pt`. visual_weight: lambda of the baseline. Raises `UserError`."""
        path = file_at(run)
        file = read_network(path)
        options = options_of(dict(file.config))
        network = file.network()
        if visual_weight is not None:
            if not isinstance(network, LambdaFusion):
                raise UserError(
                    f"{path}: is a {file.choice.name}, and only lambda-fusion has a weight of the face to set."
                )
            if not 0 <= visual_weight <= 1:
                raise UserError(
                    f"a weight of the face of {visual_weight:g} is not between 0 and 1."
                )
            network.visual_weight = visual_weight
        return FrameNetwork(path, file, options, network)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.file.told["classes"][self.options.label])

    @property
    def visual_weight(self) -> float | None:
        return self.network.visual_weight if isinstance(self.network, LambdaFusion) else None

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def rows(self, features: FeatureSet, split: str) -> list[int]:
        """Of a split; `test` is the kept fold, where it learned from folds. Raises `UserError` where there are none."""
        return rows_asked(features, split, self.options.fold)

    def ask(
        self,
        features: FeatureSet,
        rows: list[int],
        *,
        smoothing: Smoothing | None = None,
        device: DeviceChoice = "auto",
        track: Track = untracked,
    ) -> FrameAnswers:
        """smoothing: instead of that which it was chosen with. Raises `UserError`."""
        wanted = self.options.wanted().of_set(features)
        if features.classes[self.options.label] != self.classes:
            raise UserError(
                f"{features.folder}: has other classes of {self.options.label} than {self.path} learned."
            )
        learned = self.file.choice.options
        for name, of in ((wanted.visual, "visual"), (wanted.sound, "sound")):
            if name is not None:
                check_made_by(features, name, self.file.told["streams"][of]["made_by"], self.path)
        if wanted.sizes(features) != (learned["visual_size"], learned["sound_size"]):
            raise UserError(
                f"{features.folder}: has features of other sizes than those that {self.path} learned from."
            )
        place = chosen_device(device)
        videos = (
            watched(features, row, wanted) for row in track(rows, len(rows), features.folder.name)
        )
        try:
            return answers_to(
                self.network.to(place),
                videos,
                self.classes,
                windows=self.options.windows(),
                smoothing=smoothing or self.options.smoothed(),
                device=place,
            )
        except ValueError as error:
            raise UserError(
                f"{features.folder}: {error} for {self.options.label} in what was asked for; choose another --split."
            ) from error
