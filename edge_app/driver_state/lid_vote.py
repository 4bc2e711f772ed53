"""Whether the lids are down, by a vote over the last frames: one noisy frame neither ends nor makes a closure."""

from __future__ import annotations

from collections import deque


class LidVote:
    """Closed from the first frame that reaches `enter`; open again when too few of the last frames reach `keep`."""

    def __init__(self, *, vote_s: float, vote_share: float) -> None:
        self._vote_s = vote_s
        self._vote_share = vote_share
        self._votes: deque[tuple[float, bool]] = deque()  # since the closure began
        self._closed = False

    def step(self, t_s: float, depth: float, *, enter: float, keep: float) -> bool:
        if not self._closed:
            self._votes.clear()
            self._closed = depth >= enter
            if not self._closed:
                return False
        self._votes.append((t_s, depth >= keep))
        while self._votes[0][0] <= t_s - self._vote_s:
            self._votes.popleft()
        down = sum(vote for _, vote in self._votes)
        self._closed = down >= self._vote_share * len(self._votes)
        return self._closed
