"""Randomness by place: what is drawn at a step depends on the seed and the step alone, not on what came before."""

from __future__ import annotations

import numpy as np
import torch


def generator_at(seed: int, *place: int) -> np.random.Generator:
    """A generator of its own for each place in a run: `generator_at(seed, stage_index, position)`."""
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([seed, *place])))


def seed_torch_at(seed: int, *place: int) -> None:
    """Let what torch draws next (dropout) follow from the place too."""
    state = int(np.random.SeedSequence([seed, *place]).generate_state(1, np.uint64)[0])
    # `torch.manual_seed` costs milliseconds where no accelerator has been touched.
    torch.default_generator.manual_seed(state)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(state)
