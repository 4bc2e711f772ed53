"""What a student can take over from a teacher: its soft labels, its features, and how it sets clips apart."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_EPSILON = 1e-6


def soft_label_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """(..., K) logits of both -> (...) T^2 KL(teacher || student) at temperature T (Hinton et al. 2015, sec. 2).

    K = 1 is a logit of two classes.
    """
    student, teacher = _two_sided(student), _two_sided(teacher)
    log_student = functional.log_softmax(student / temperature, dim=-1)
    log_teacher = functional.log_softmax(teacher / temperature, dim=-1)
    apart = (log_teacher.exp() * (log_teacher - log_student)).sum(dim=-1)
    return temperature**2 * apart


def feature_loss(projected: Tensor, teacher: Tensor) -> Tensor:
    """(B, D) both -> scalar, 1 - cosine. Romero et al. 2015 take the squared distance, which the norm of a teacher's
    embedding would rule.
    """
    return (1 - functional.cosine_similarity(projected, teacher, dim=-1)).mean()


def relation_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """(B, d), (B, D) -> scalar: distances between clips, each in units of its mean (Park et al. 2019, eq. 5 to 7).

    A batch of one clip has no distance: 0.
    """
    if len(student) < 2:
        return student.sum() * 0.0
    return functional.smooth_l1_loss(_distances(student), _distances(teacher))


def ramp(frames: int, like: Tensor) -> Tensor:
    """(T,) weights of the frames of a clip, rising and with sum 1: the first frames have little to go by."""
    weights = torch.arange(1, frames + 1, device=like.device, dtype=like.dtype)
    return weights / weights.sum()


def _distances(x: Tensor) -> Tensor:
    """(B, D) -> (B (B - 1) / 2,) with mean 1."""
    pairs = functional.pdist(x.float())
    return pairs / pairs.mean().clamp(min=_EPSILON)


def _two_sided(logits: Tensor) -> Tensor:
    return (
        torch.cat([torch.zeros_like(logits), logits], dim=-1) if logits.shape[-1] == 1 else logits
    )
