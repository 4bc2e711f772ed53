"""How a number was spread over the last minutes: a histogram by time whose past fades."""

from __future__ import annotations

_RENORMALIZE_AT = 1e12


class FadingHistogram:
    """Weighted by time, so the frame rate does not matter. Quantiles of it are not moved by rare excursions."""

    def __init__(self, low: float, high: float, bins: int, memory_s: float) -> None:
        self._low = low
        self._width = (high - low) / bins
        self._memory_s = memory_s
        self._weights = [0.0] * bins
        # Newer samples weigh more, which fades the older ones without touching them.
        self._gain = 1.0
        self.seen_s = 0.0  # at most the memory

    def step(self, value: float, passed_s: float) -> None:
        self.seen_s = min(self._memory_s, self.seen_s + passed_s)
        self._gain *= 1.0 + passed_s / self._memory_s
        if self._gain > _RENORMALIZE_AT:
            self._weights = [weight / self._gain for weight in self._weights]
            self._gain = 1.0
        place = int((value - self._low) / self._width)
        self._weights[min(len(self._weights) - 1, max(0, place))] += passed_s * self._gain

    def quantile(self, share: float) -> float | None:
        """None before anything was seen."""
        total = sum(self._weights)
        if total <= 0.0:
            return None
        left = share * total
        for place, weight in enumerate(self._weights):
            if weight > 0.0 and left <= weight:
                return self._low + (place + left / weight) * self._width
            left -= weight
        return self._low + len(self._weights) * self._width
