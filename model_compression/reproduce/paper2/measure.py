"""What is measured of the networks of paper 2: macro F1 and accuracy over frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge_app.errors import UserError
from model_compression.audio_visual.asking import FrameNetwork
from model_compression.data.features.feature_set import FeatureSet
from model_compression.evaluation.clips.figures import figure_over_seeds
from model_compression.evaluation.figure import Figures
from model_compression.evaluation.frames.scores import scores_of
from model_compression.reproduce.jobs import Measuring
from model_compression.reproduce.paper2.plan import PICTURES, VISUAL_WEIGHT
from model_compression.reproduce.picture_answers import ask_about_pictures
from model_compression.training.device import DeviceChoice


def measure(measuring: Measuring, folders: Sequence[Path], *, device: DeviceChoice) -> Figures:
    """`Measure`. device: where to answer."""
    on, split = measuring.on.folder, measuring.on.test_split
    if measuring.how == PICTURES:
        answers = ask_about_pictures(folders[0], on, split, device=device)
        told = [answers.among(answers.classes)]
        return {name: figure_over_seeds(told, name) for name in ("macro_f1", "accuracy")}
    weight: float | None = measuring.settings_by_key().get(VISUAL_WEIGHT)
    network, features = (
        FrameNetwork.open(folders[0], visual_weight=weight),
        FeatureSet.open(on),
    )
    rows = network.rows(features, split)
    if not rows:
        raise UserError(f"{on}: has no videos of {split}.")
    return scores_of(network.ask(features, rows, device=device)).figures
