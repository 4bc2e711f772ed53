"""The report on a network of faces and sound: its figures, and what speaks against taking them for unseen people's."""

from __future__ import annotations

from pathlib import Path

from edge_app.sound.smoothing import Smoothing
from model_compression.audio_visual.asking import FrameNetwork
from model_compression.data.features.feature_set import FeatureSet
from model_compression.evaluation.frames.answers import FrameAnswers
from model_compression.evaluation.frames.frame_report import FrameReport
from model_compression.evaluation.frames.scores import scores_of
from model_compression.scoring.learned_from import record_beside


def judged(
    network: FrameNetwork,
    features: FeatureSet,
    answers: FrameAnswers,
    *,
    split: str,
    smoothing: Smoothing,
) -> FrameReport:
    """answers: to `split` of `features`, smoothed by `smoothing`."""
    file, options = network.file, network.options
    fold = options.fold
    return FrameReport(
        network=str(network.path),
        name=file.name,
        parameters=network.parameters,
        step=file.step,
        visual_weight=network.visual_weight,
        label=options.label,
        set=str(features.folder),
        fingerprint=features.fingerprint,
        which=split if fold is None or split != "test" else f"fold {fold}",
        windows=options.windows(),
        smoothing=smoothing,
        scores=scores_of(answers),
        warnings=_warnings(network, features, split),
    )


def _warnings(network: FrameNetwork, features: FeatureSet, split: str) -> tuple[str, ...]:
    if not _learned_from(network, features):
        return (
            f"it learned from another set; whether people of {features.folder} are in that too is not known.",
        )
    if split == "train":
        return ("it learned from these people, so the figures say nothing of others.",)
    if split == "val" and network.options.choose_by == "val":
        return (
            "its weights were chosen on these people, as the paper does, so the figures are too good for others.",
        )
    return ()


def _learned_from(network: FrameNetwork, features: FeatureSet) -> bool:
    """By what its run says of the data; by the folder where no such record lies beside it."""
    record = record_beside(network.path, network.file.config)
    if record is not None:
        return features.fingerprint in record["data"].values()
    folders = [Path(entry["name"]).expanduser() for entry in network.file.config["data"]]
    return features.folder.resolve() in [folder.resolve() for folder in folders]
