"""Networks of faces and sound learn frame features: what they learn by heart, from whom, and what is refused."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edge_app.errors import UserError
from model_compression.audio_visual.asking import FrameNetwork
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.evaluation.frames.windows import Windows
from model_compression.training.config import DataSet
from model_compression.training.frames.answering import frame_logits
from model_compression.training.frames.samples import WindowSamples, window_of
from model_compression.training.frames.source import FrameSource, open_sources
from model_compression.training.frames.videos import Wanted
from model_compression.training.network_file import read_network
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


def test_neither_face_nor_sound_is_refused(teach: Teach, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing is left to tell by"):
        teach(
            drawn_features(tmp_path / "features"),
            "task.options.visual=null",
            "task.options.sound=null",
        )
