"""The head as `student.pt`, which `vigil quantize` turns into the vehicle's files like every other part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_compression.blinks.network import BlinkSetNetwork
from model_compression.blinks.settings import BlinkTraining
from model_compression.training.config import NetworkChoice, Stage, TaskChoice, TrainConfig
from model_compression.training.network_file import STUDENT_FILE, write_network

NETWORK = "blink-set"


def write_student(
    folder: Path,
    network: BlinkSetNetwork,
    settings: BlinkTraining,
    *,
    figures: Mapping[str, float],
    told: Mapping[str, Any],
) -> Path:
    """figures: of people left out; told: plain values, such as what was learned from."""
    options = {
        "members": settings.members,
        "width": settings.width,
        "description": settings.description,
        "hidden": settings.hidden,
        "dropout": settings.dropout,
    }
    config = TrainConfig(
        name="blinks",
        part="blinks",
        network=NetworkChoice(name=NETWORK, options=options),
        task=TaskChoice(name="blinks", options=settings.model_dump()),
        stages=(
            Stage(
                steps=settings.steps,
                batch=3 * settings.sequences_per_class,
                learning_rate=settings.learning_rate,
                weight_decay=settings.weight_decay,
            ),
        ),
        seed=settings.seed,
    )
    file = folder / STUDENT_FILE
    write_network(file, network, config, step=settings.steps, metrics=figures, told=told)
    return file
