"""The head on blinks learns: classes, level, and who of two is the drowsier. A minute on one core."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from model_compression.blinks.lessons import Lesson, Lessons
from model_compression.blinks.network import CLASSES, BlinkSetNetwork
from model_compression.blinks.sequences import BlinkSequences
from model_compression.blinks.settings import BlinkTraining
from model_compression.training.seeds import generator_at, seed_torch_at

Progress = Callable[[int], object]  # told the steps done

_ALERT, _LOW, _DROWSY = range(CLASSES)


def new_network(settings: BlinkTraining) -> BlinkSetNetwork:
    return BlinkSetNetwork(
        members=settings.members,
        width=settings.width,
        description=settings.description,
        hidden=settings.hidden,
        dropout=settings.dropout,
    )


def train_head(
    sequences: BlinkSequences, settings: BlinkTraining, progress: Progress = lambda step: None
) -> BlinkSetNetwork:
    """A network that has learned from `sequences`, in eval mode. Raises `ValueError` as `Lessons` does."""
    lessons = Lessons(sequences, settings)
    seed_torch_at(settings.seed)
    random = generator_at(settings.seed)
    network = new_network(settings)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    course = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=settings.steps
    )
    network.train()
    for step in range(settings.steps):
        loss = loss_of(network, lessons.draw(random), settings)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        course.step()
        progress(step + 1)
    return network.eval()


def loss_of(network: BlinkSetNetwork, lesson: Lesson, settings: BlinkTraining) -> Tensor:
    """Summed over the members, so that each learns as it would alone.

    Those that say the level learn the classes along: alone it generalises a little worse.
    """
    members = network.members
    said = network.each(lesson.blinks)  # (2 members, N, 4)
    logits, level = said[..., :CLASSES], said[members:, :, CLASSES]
    classes = nn.functional.cross_entropy(
        logits.reshape(-1, CLASSES),
        lesson.classes.reshape(-1),
        label_smoothing=settings.label_smoothing,
    )
    wanted = lesson.classes[members:].to(level.dtype) / (CLASSES - 1)
    squared = (torch.sigmoid(level) - wanted).square().mean()
    by_class = level.reshape(members, -1, CLASSES)
    wrong = (
        settings.drowsy_ranking * _wrong_order(by_class, _LOW, _DROWSY)
        + _wrong_order(by_class, _ALERT, _LOW)
        + _wrong_order(by_class, _ALERT, _DROWSY)
    )
    return members * (
        2 * classes + settings.level_weight * squared + settings.ranking_weight * wrong
    )


def _wrong_order(level: Tensor, lower: int, higher: int) -> Tensor:
    """Of all pairs of a lower and a higher one in the lesson, of whomever (RankNet, Burges et al. 2005).

    level: (members, sequences, 3)
    """
    apart = level[:, :, None, higher] - level[:, None, :, lower]
    return nn.functional.softplus(-apart).mean()
