"""A tiny random WavLM, and a tiny head on it and on the shipped bundle's faces, as training would have written it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from edge_app.face.settings import PerceptionSettings
from model_compression.data.clips.classes import CLASSES, EXPRESSION_OTHER
from model_compression.data.features.face_reader import open_face_reader
from model_compression.data.features.sound_reader import SoundReader
from model_compression.training.load_config import load_config
from model_compression.training.network_file import write_network
from model_compression.training.networks import create_network

FACE_SIZE, SOUND_SIZE = 256, 32
WINDOW = 16
BUNDLE = PerceptionSettings().model

_LISTENER: dict[str, Any] = {
    "hidden_size": SOUND_SIZE,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "conv_dim": (8,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
}


def listener(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    config = transformers.WavLMConfig(**_LISTENER)
    transformers.WavLMModel(config).eval().save_pretrained(folder)
    told = {"sampling_rate": 16_000, "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    return folder


def trained(
    folder: Path,
    listener: Path,
    *,
    visual: dict[str, str] | None = None,
    face_size: int = FACE_SIZE,
    sure: float = 8.0,
    window: int = WINDOW,
) -> Path:
    """A run's `network.pt` with random weights.

    visual: instead of what `vigil data features --visual default` tells of its stream. sure: by how much its last layer
    is larger than drawn, else it would say the same of all.
    """
    classes = CLASSES[EXPRESSION_OTHER]
    seen = visual or {
        "name": "default.embedding",
        "made_by": open_face_reader(BUNDLE, "cpu").streams["embedding"].made_by,
    }
    heard = {
        "name": "wavlm",
        "made_by": SoundReader(listener, "cpu").streams["wavlm"].made_by,
    }
    options = {"width": 32, "layers": 1, "attention_heads": 4, "dropout": 0.0}
    options |= {"visual_size": face_size, "sound_size": SOUND_SIZE, "classes": len(classes)}
    torch.manual_seed(1)
    network = create_network("safe-cross-attention", **options).eval()
    with torch.no_grad():
        network.head[-1].weight *= sure
    config = load_config(
        "safe-cross-attention",
        [
            f"task.options.window={window}",
            "task.options.stride=4",
            "task.options.smoothing_frames=5",
            f'data=[{{"name": "{folder / "gone"}"}}]',
        ],
    ).train
    choice = config.network.model_copy(update={"options": options})
    folder.mkdir(parents=True)
    write_network(
        folder / "network.pt",
        network,
        config.model_copy(update={"network": choice}),
        step=1,
        metrics={"macro_f1": 0.1},
        told={
            "classes": {EXPRESSION_OTHER: list(classes)},
            "streams": {"visual": seen, "sound": heard},
        },
    )
    return folder


def noisy_sweep(seconds: float) -> np.ndarray:
    """(n,) at 16 kHz."""
    t = np.arange(round(seconds * 16_000)) / 16_000
    noise = np.random.default_rng(0).normal(0, 0.05, len(t))
    return (0.4 * np.sin(2 * np.pi * (200 * t + 150 * t**2)) + noise).astype(np.float32)
