"""A small random WavLM listens: in chunks as of the whole, at the frames' times, and not to what is silent."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.sound.sound_track import SoundTrack
from tests.model_compression.features.drawn_videos import sweep

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from model_compression.data.features.sound_reader import SoundReader  # noqa: E402

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "conv_dim": (8,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    transformers.WavLMModel(transformers.WavLMConfig(**SMALL)).eval().save_pretrained(tmp_path)
    return prepared(tmp_path)


def prepared(folder: Path, **changed: object) -> Path:
    told = {"sampling_rate": 16_000, "do_normalize": True, **changed}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    return folder


def test_short_sound_is_heard_as_the_network_hears_it(folder: Path) -> None:
    network = transformers.WavLMModel.from_pretrained(folder, local_files_only=True).eval()
    samples = sweep(1.5)
    heard = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    with torch.no_grad():
        expected = network(torch.from_numpy(heard)[None]).last_hidden_state[0].numpy()
    reader = SoundReader(folder, "cpu")
    assert (reader.name, reader.streams["wavlm"].size) == ("wavlm", 32)
    np.testing.assert_allclose(reader.tokens(samples), expected, atol=1e-5)


def test_chunks_say_nearly_what_the_whole_says(folder: Path) -> None:
    """Attention sees its chunk alone, so not exactly; a chunk put a token beside its place would be far off."""
    samples = sweep(6.0) + np.random.default_rng(0).normal(0, 0.05, 96_000).astype(np.float32)
    whole = SoundReader(folder, "cpu").tokens(samples)
    parts = SoundReader(folder, "cpu", chunk_s=2.0, overlap_s=0.8).tokens(samples)
    assert parts.shape == whole.shape
    off = np.abs(parts - whole).max() / whole.std()
    shifted = np.abs(parts[1:] - whole[:-1]).mean() / whole.std()
    assert off < 0.02 and shifted > 0.05


def test_frames_before_and_after_the_sound_are_silent(folder: Path) -> None:
    sound = SoundTrack(sweep(1.0), begins_s=0.5)
    told, present = SoundReader(folder, "cpu").read(sound, np.arange(20) / 10)
    assert present.tolist() == [False] * 5 + [True] * 10 + [False] * 5
    assert told.shape == (20, 32) and not told[~present].any()


def test_a_video_without_sound_is_silent_throughout(folder: Path) -> None:
    told, present = SoundReader(folder, "cpu").read(None, np.arange(3) / 10)
    assert told.shape == (3, 32) and not present.any()


def test_what_does_not_listen_is_refused(tmp_path: Path, folder: Path) -> None:
    prepared(folder, sampling_rate=48_000)
    with pytest.raises(UserError, match="48000 Hz"):
        SoundReader(folder, "cpu")
    other = tmp_path / "vit"
    transformers.ViTModel(
        transformers.ViTConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            image_size=16,
        )
    ).save_pretrained(other)
    prepared(other)
    with pytest.raises(UserError, match="does not listen"):
        SoundReader(other, "cpu")
    with pytest.raises(UserError, match=r"config\.json"):
        SoundReader(tmp_path / "nothing", "cpu")


def test_weights_that_are_kept_in_halves_listen_as_well(folder: Path) -> None:
    network = transformers.WavLMModel.from_pretrained(folder).half()
    network.save_pretrained(folder)
    tokens = SoundReader(folder, "cpu").tokens(sweep(0.5))
    assert tokens.dtype == np.float32 and np.isfinite(tokens).all() and len(tokens)


def test_weights_that_were_cut_off_are_told_in_a_sentence(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(UserError, match="cannot load this network"):
        SoundReader(folder, "cpu")
