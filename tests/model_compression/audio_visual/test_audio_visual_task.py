"""Networks of faces and sound learn frame features: what they learn by heart, from whom, and what is refused."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from edge_app.errors import UserError
from edge_app.sound.smoothing import Smoothing
from edge_app.sound.windows import Windows
from model_compression.audio_visual.asking import FrameNetwork
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.training.config import DataSet, Stage
from model_compression.training.frames.answering import answers_to, frame_logits
from model_compression.training.frames.focal_loss import effective_number_weights, focal_loss
from model_compression.training.frames.samples import WindowSamples, window_of
from model_compression.training.frames.source import FrameSource, open_sources
from model_compression.training.frames.videos import Wanted, WatchedVideo
from model_compression.training.network_file import read_network
from model_compression.training.options import OptionGroup
from model_compression.training.task import TaskInput
from model_compression.training.tasks.audio_visual import AudioVisualTask
from tests.model_compression.audio_visual.conftest import Teach
from tests.model_compression.audio_visual.drawn_features import (
    MOODS,
    SOUND_SIZE,
    VISUAL_SIZE,
    drawn_features,
)

CPU = torch.device("cpu")
NO_TAKING_AWAY = ("task.options.visual_dropout=0", "task.options.sound_dropout=0")


def accuracy(run: Path, features: Path, split: str = "val") -> float:
    """Against a quarter that guessing gives."""
    network, opened = FrameNetwork.open(run), FeatureSet.open(features)
    answers = network.ask(opened, network.rows(opened, split), device="cpu")
    return float((answers.said == answers.truth).mean())


def source_of(folder: Path, *, most_unlabelled: float = 0.25, **changes: Any) -> FrameSource:
    (source,) = open_sources(
        (DataSet(name=str(folder)),),
        changes.get("wanted", Wanted("embedding", "voice", "mood")),
        Windows(16, 8),
        choose_by=changes.get("choose_by", "people"),
        held_out_share=0.3,
        fold=None,
        most_unlabelled=most_unlabelled,
    )
    return source


@pytest.mark.parametrize("config", ["safe-cross-attention", "lambda-fusion"])
def test_few_videos_are_learned_by_heart(config: str, teach: Teach, tmp_path: Path) -> None:
    features = drawn_features(
        tmp_path / "features", with_faces=1, with_sound=1, people={"train": 2, "val": 1}
    )
    teach(features, *NO_TAKING_AWAY, "task.options.choose_by=val", config=config, steps=120)
    assert accuracy(tmp_path / "run", features, "train") > 0.97


@pytest.mark.parametrize("told_by", ["face", "sound", "both"])
def test_class_is_told_by_whichever_modality_tells_it(
    told_by: Any, teach: Teach, tmp_path: Path
) -> None:
    features = drawn_features(
        tmp_path / "features",
        told_by=told_by,
        with_faces=1,
        with_sound=1,
        people={"train": 8, "val": 3},
    )
    teach(features, *NO_TAKING_AWAY, steps=150)
    assert accuracy(tmp_path / "run", features) > 0.8


def test_without_a_face_it_carries_on_by_sound(teach: Teach, tmp_path: Path) -> None:
    people = {"train": 8, "val": 3}
    both = drawn_features(tmp_path / "both", people=people, with_sound=1)
    faceless = drawn_features(
        tmp_path / "faceless", people=people, with_faces=0, with_sound=1, seed=5
    )
    teach(both, "task.options.visual_dropout=0.3", steps=250)
    assert accuracy(tmp_path / "run", both) > 0.8
    assert accuracy(tmp_path / "run", faceless) > 0.75


@pytest.mark.parametrize("missing", ["visual", "sound"])
def test_one_modality_alone_is_learned(missing: str, teach: Teach, tmp_path: Path) -> None:
    told_by: Any = {"visual": "sound", "sound": "face"}[missing]
    features = drawn_features(tmp_path / "features", told_by=told_by, people={"train": 6, "val": 2})
    teach(features, *NO_TAKING_AWAY, f"task.options.{missing}=null", steps=120)
    file = read_network(tmp_path / "run")
    assert file.told["streams"][missing] is None
    assert accuracy(tmp_path / "run", features) > 0.6


def test_features_in_which_nothing_is_heard_can_be_learned(teach: Teach, tmp_path: Path) -> None:
    silent = drawn_features(tmp_path / "features", told_by="face", with_sound=0)
    record = teach(silent, steps=3)
    assert record.finished and np.isfinite(record.last["loss"])


def test_network_is_made_for_the_features_and_its_file_says_which(
    teach: Teach, tmp_path: Path
) -> None:
    teach(drawn_features(tmp_path / "features"), steps=2)
    file = read_network(tmp_path / "run")
    sizes = {"visual_size": VISUAL_SIZE, "sound_size": SOUND_SIZE, "classes": len(MOODS)}
    assert sizes.items() <= file.choice.options.items()
    assert file.told["classes"] == {"mood": list(MOODS)}
    assert file.told["streams"]["visual"]["name"] == "drawn.embedding"
    assert file.told["windows"] == {"length": 16, "stride": 8}


def test_run_goes_on_as_if_never_stopped(
    teach: Teach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = drawn_features(tmp_path / "features")
    random = ("network.options.dropout=0.2", "task.options.visual_dropout=0.4", "ema_decay=0.9")
    teach(features, *random, out="whole", steps=6)
    with monkeypatch.context() as patch:
        plain, seen = AudioVisualTask.losses, 0

        def losses(self: AudioVisualTask, student: Any, batch: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == 3:
                os.kill(os.getpid(), signal.SIGTERM)
            return plain(self, student, batch)

        patch.setattr(AudioVisualTask, "losses", losses)
        assert teach(features, *random, out="parts", steps=6).steps == 3
    assert teach(features, *random, out="parts", steps=6, resume=True).finished
    whole, parts = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True)["state_dict"]
        for name in ("whole", "parts")
    )
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_nobody_is_both_learned_from_and_held_out(tmp_path: Path) -> None:
    features = drawn_features(tmp_path / "features")
    source = source_of(features)
    learned, held_out = ({v.person for v in videos} for videos in (source.learned, source.held_out))
    assert held_out and not learned & held_out and all(who.startswith("train") for who in held_out)
    by_val = source_of(features, choose_by="val")
    assert {v.person for v in by_val.held_out} == {"val-0", "val-1"}


def test_windows_with_too_few_labels_are_left_out(tmp_path: Path) -> None:
    source = source_of(drawn_features(tmp_path / "features", labelled=0.75))
    own = [source.learned[number].truth[start : start + 16] for number, start in source.windows]
    shares = [(truth == NO_CLASS).mean() for truth in own]
    every = sum(len(Windows(16, 8).starts(len(video))) for video in source.learned)
    assert max(shares) <= 0.25 and 0 < len(shares) < every


def test_each_window_is_seen_once_before_any_comes_again(tmp_path: Path) -> None:
    source = source_of(drawn_features(tmp_path / "features"))
    samples = WindowSamples((source,), Windows(16, 8), seed=0, stage_index=0)
    count = len(source.windows)

    def turn(number: int) -> list[bytes]:
        return [samples[number * count + place]["visual"].tobytes() for place in range(count)]

    assert sorted(turn(0)) == sorted(turn(1)) and turn(0) != turn(1)
    assert len(set(turn(0))) == count


def test_short_video_is_learned_with_nothing_behind_its_end(tmp_path: Path) -> None:
    source = source_of(drawn_features(tmp_path / "features", frames=10, labelled=1))
    (number, start), *_ = source.windows
    window = window_of(source.learned[number], start, Windows(16, 8))
    for name in ("visual_present", "sound_present"):
        assert not window[name][10:].any()
    assert (window["truth"][10:] == NO_CLASS).all() and (window["truth"][:10] != NO_CLASS).all()


def test_whole_video_is_answered_by_the_mean_of_its_windows(teach: Teach, tmp_path: Path) -> None:
    features = drawn_features(tmp_path / "features", frames=43)
    teach(features, steps=2)
    network = FrameNetwork.open(tmp_path / "run").network
    video, windows = source_of(features).learned[0], Windows(16, 8)
    together = frame_logits(network, video, windows, CPU)
    told: list[list[Any]] = [[] for _ in range(43)]
    for start in (0, 8, 16, 24, 27):
        window = window_of(video, start, windows)
        names = ("visual", "sound", "visual_present", "sound_present")
        with torch.no_grad():
            out = network(*(torch.from_numpy(window[name][None].copy()) for name in names))
        for place, logits in enumerate(out["logits"][0].numpy()):
            told[start + place].append(logits)
    assert np.allclose(together, [np.mean(own, axis=0) for own in told], atol=1e-5)


class Sees(torch.nn.Module):
    """Its logits are what it sees."""

    def forward(self, visual: torch.Tensor, *rest: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": visual}


def video_of(classes: list[int], truth: list[int], name: str) -> WatchedVideo:
    count = len(classes)
    visual = 5 * np.eye(2, dtype=np.float32)[classes]
    nothing = np.zeros(count, np.bool_)
    sound = np.zeros((count, 1), np.float32)
    return WatchedVideo(name, "", visual, ~nothing, sound, nothing, np.array(truth))


def test_video_is_smoothed_whole_and_its_labelled_frames_are_told() -> None:
    """Among labelled frames alone the one in the middle would be smoothed away."""
    told = answers_to(
        Sees(),
        [
            video_of([0, 1, 1, 1, 0], [0, NO_CLASS, 1, NO_CLASS, 0], "labelled"),
            video_of([1, 1], [NO_CLASS, NO_CLASS], "unlabelled"),
        ],
        ("a", "b"),
        windows=Windows(4, 2),
        smoothing=Smoothing("median", 3),
        device=CPU,
    )
    assert told.said.tolist() == told.truth.tolist() == [0, 1, 0]
    assert set(told.videos.tolist()) == {"labelled"}


def opened(features: Path, **options: Any) -> AudioVisualTask:
    told = {"label": "mood", "sound": "voice", "window": 16, "sound_dropout": 0.0, **options}
    data = (DataSet(name=str(features)),)
    return AudioVisualTask(
        TaskInput("network", data, OptionGroup.of(told), OptionGroup.of({}), None)
    )


def test_loss_is_focal_with_weights_of_the_frames_learned_from(tmp_path: Path) -> None:
    task = opened(drawn_features(tmp_path / "features"), effective_beta=0.99, visual_dropout=0.0)
    (source,) = task.sources
    truth = np.concatenate([video.truth for video in source.learned])
    weights = effective_number_weights(np.bincount(truth[truth >= 0]).tolist(), 0.99)
    batch = default_collate([window_of(source.learned[0], 0, Windows(16, 8)) for _ in range(2)])
    logits = torch.randn(2, 16, len(MOODS), generator=torch.Generator().manual_seed(0))
    loss = task.losses(lambda *given: {"logits": logits}, batch)["loss"]  # type: ignore[arg-type]
    assert not torch.allclose(weights, torch.ones_like(weights), atol=1e-3)
    assert torch.equal(loss, focal_loss(logits, batch["truth"], weights, 2.0))


@pytest.mark.parametrize("taken", ["visual", "sound"])
def test_a_modality_is_taken_away_in_training(taken: str, tmp_path: Path) -> None:
    shares = {"visual_dropout": 0.0, "sound_dropout": 0.0, f"{taken}_dropout": 0.999}
    task = opened(drawn_features(tmp_path / "features", with_faces=1, with_sound=1), **shares)
    batch = default_collate([task.samples(Stage(steps=1, learning_rate=1), 0, 0)[0]])
    seen: dict[str, torch.Tensor] = {}

    def looks(*given: torch.Tensor) -> dict[str, torch.Tensor]:
        names = ("visual", "sound", "visual_present", "sound_present")
        seen.update(zip(names, given, strict=True))
        return {"logits": torch.zeros(1, 16, len(MOODS))}

    task.losses(looks, batch)  # type: ignore[arg-type]
    other = "sound" if taken == "visual" else "visual"
    assert not seen[taken].any() and not seen[f"{taken}_present"].any()
    assert torch.equal(seen[other], batch[other]) and seen[f"{other}_present"].all()


def test_features_of_other_networks_are_neither_asked_about_nor_mixed(
    teach: Teach, tmp_path: Path
) -> None:
    ours = drawn_features(tmp_path / "ours")
    others = drawn_features(tmp_path / "others", made_by="another")
    teach(ours, steps=2)
    network, opened_set = FrameNetwork.open(tmp_path / "run"), FeatureSet.open(others)
    with pytest.raises(UserError, match=r"was made by another, and .* learned from that of nobody"):
        network.ask(opened_set, [0], device="cpu")
    data = f'data=[{{"name": "{ours}"}}, {{"name": "{others}"}}]'
    with pytest.raises(UserError, match="made by different networks"):
        teach(ours, data, out="mixed")


def test_two_people_of_one_video_are_held_out_together(tmp_path: Path) -> None:
    """They share its sound."""
    names = [f"video{number}{side}" for number in range(8) for side in ("_left", "_right")]
    features = drawn_features(tmp_path / "features", videos=names)
    source = source_of(features)
    learned, held_out = (
        {video.video.split("_")[0] for video in videos}
        for videos in (source.learned, source.held_out)
    )
    assert len(learned | held_out) == 8 and held_out and not learned & held_out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("task.options.sound=wavlm", "no stream of sound called wavlm; it has voice"),
        ("task.options.label=age", "not labelled for age; they are for mood"),
        ("task.options.smoothing_frames=4", "must be odd"),
        ("task.options.stride=17", "stride must not be above window"),
        ("network.options.classes=9", "asks for 4"),
        ("network.options.attention_heads=5", "5 attention heads"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_a_sentence(
    change: str, said: str, teach: Teach, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=said):
        teach(drawn_features(tmp_path / "features"), change)


@pytest.mark.parametrize("label", ["mood", "age"])
def test_classes_of_which_no_frame_has_one_are_not_offered(
    label: str, teach: Teach, tmp_path: Path
) -> None:
    unlabelled = drawn_features(tmp_path / "features", labelled=0, people={"test": 2})
    said = f"none of its frames is labelled, for {label} or anything else"
    with pytest.raises(UserError, match=said):
        teach(unlabelled, f"task.options.label={label}")


def test_a_set_without_videos_of_train_is_told_by_its_splits(teach: Teach, tmp_path: Path) -> None:
    features = drawn_features(tmp_path / "features", people={"test": 2})
    with pytest.raises(UserError, match="all 2 videos are test"):
        teach(features)


def test_neither_face_nor_sound_is_refused(teach: Teach, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing is left to tell by"):
        teach(
            drawn_features(tmp_path / "features"),
            "task.options.visual=null",
            "task.options.sound=null",
        )
