"""Classes over time: per-frame class probabilities in, soft-voted and median-filtered ones out. Causal."""

from __future__ import annotations

from collections import deque

import numpy as np

from edge_app.driver_state.settings import VotingSettings
from edge_app.driver_state.signals import HeadReading
from edge_app.driver_state.state import VotedClasses, VotedHead


class ClassVoting:
    """Mean over the last `window_s`, every `stride_s`, then the median of the last votes.

    After the sliding windows of paper 2 (safe cross-attention, sec. 3.6: 64 frames every 8, a median of 11), with
    nothing of the future in it. There a network answers a window at once and its logits are averaged; here it answers
    frame by frame, so that a window is a mean of probabilities and the median is of votes, not of frames.
    """

    def __init__(self, settings: VotingSettings) -> None:
        self._settings = settings
        self._frames: deque[tuple[float, tuple[float, ...]]] = deque()
        self._votes: deque[np.ndarray] = deque(maxlen=settings.median_votes)
        self._voted_s: float | None = None
        self._voted: VotedClasses | None = None

    def step(self, t_s: float, probabilities: tuple[float, ...] | None) -> VotedClasses | None:
        """None once there were no probabilities for a whole window."""
        if probabilities is not None:
            if self._frames and len(self._frames[-1][1]) != len(probabilities):
                self._frames.clear()
                self._votes.clear()
            self._frames.append((t_s, probabilities))
        while self._frames and self._frames[0][0] <= t_s - self._settings.window_s:
            self._frames.popleft()
        if not self._frames:
            self._votes.clear()
            self._voted = None
            return None
        if self._voted_s is None or t_s - self._voted_s >= self._settings.stride_s:
            self._voted_s = t_s
            self._votes.append(np.mean([frame for _, frame in self._frames], axis=0))
            filtered = np.median(np.stack(list(self._votes)), axis=0)
            total = float(filtered.sum())
            if total > 0.0:
                filtered = filtered / total
            self._voted = VotedClasses(tuple(float(p) for p in filtered), int(filtered.argmax()))
        return self._voted


class TemporalVoting:
    """A vote for each head over time that has spoken within its window; the others are forgotten."""

    def __init__(self, settings: VotingSettings) -> None:
        self._settings = settings
        self._votes: dict[str, ClassVoting] = {}

    def step(
        self, t_s: float, readings: tuple[HeadReading, ...], *, anew: bool = False
    ) -> tuple[VotedHead, ...]:
        """anew: what was said before is not of this driver."""
        if anew:
            self._votes.clear()
        if not readings and not self._votes:
            return ()
        given = {reading.head: reading.probabilities for reading in readings}
        for head in given:
            if head not in self._votes:
                self._votes[head] = ClassVoting(self._settings)
        told = []
        for head, voting in tuple(self._votes.items()):
            voted = voting.step(t_s, given.get(head))
            if voted is None:
                del self._votes[head]
            else:
                told.append(VotedHead(head, voted))
        return tuple(told)
