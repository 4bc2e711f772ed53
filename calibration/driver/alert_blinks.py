"""This driver's own alert blinks: what other blinks are held against, in deviations.

As UTA-RLDD's baseline has it (Ghoddoosian et al. 2019): each feature's mean and deviation over the last third of the
subject's alert blinks, in ten minutes of video. Here at least three minutes of attentive driving, begun after the eyes
have been learned, which takes the first ones; gathered on to `_MOST_BLINKS`, then fixed for the drive.
"""

from __future__ import annotations

from calibration.driver.references import BlinkReference

OVERLONG_S = 0.5
"""Blinks of this length and more are not of an alert driver (Schleicher et al. 2008)."""

LEAST_S, LEAST_BLINKS = 180.0, 20
_MOST_BLINKS = 200
# Deviations below these would be of the measuring, not of the driver: a quarter of the frame's time at 30 frames/s, a
# twentieth of the opening, a tenth of the velocity.
_LEAST_AMPLITUDE_STD, _LEAST_DURATION_STD_S, _LEAST_VELOCITY_STD_SHARE = 0.05, 0.008, 0.10
_LEAST_VELOCITY_STD_PER_S = 0.1
_MOST_DEVIATIONS = 10.0


class AlertBlinks:
    """Gathers blinks while the driver is attentive."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._blinks = 0
        self._means = [0.0, 0.0, 0.0]  # amplitude, duration, reopening velocity
        self._squares = [0.0, 0.0, 0.0]  # of the differences from the mean, summed
        self._given: BlinkReference | None = None

    @property
    def complete(self) -> bool:
        """Nothing is added any more."""
        return self._given is not None or (
            self._blinks >= _MOST_BLINKS and self._seconds >= LEAST_S
        )

    @property
    def reference(self) -> BlinkReference:
        """Of no blinks before there are enough."""
        if self._given is not None:
            return self._given
        if self._blinks < LEAST_BLINKS or self._seconds < LEAST_S:
            return BlinkReference()
        stds = [(square / self._blinks) ** 0.5 for square in self._squares]
        amplitude, duration_s, velocity = self._means
        return bounded(
            BlinkReference(self._blinks, amplitude, stds[0], duration_s, stds[1], velocity, stds[2])
        )

    def start_from(self, reference: BlinkReference) -> None:
        if reference.blinks >= LEAST_BLINKS:
            self._given = bounded(reference)

    def passed(self, seconds: float) -> None:
        """Attentive driving, blinks or none."""
        self._seconds = min(LEAST_S, self._seconds + seconds)

    def add(self, amplitude: float, duration_s: float, reopening_velocity_per_s: float) -> None:
        if self.complete or duration_s >= OVERLONG_S:
            return
        self._blinks += 1
        for place, value in enumerate((amplitude, duration_s, reopening_velocity_per_s)):
            off = value - self._means[place]
            self._means[place] += off / self._blinks
            self._squares[place] += off * (value - self._means[place])


def bounded(reference: BlinkReference) -> BlinkReference:
    """With deviations that a handful of like blinks cannot make explode."""
    velocity = reference.reopening_velocity_mean_per_s
    least_velocity_std = max(_LEAST_VELOCITY_STD_PER_S, _LEAST_VELOCITY_STD_SHARE * velocity)
    return BlinkReference(
        blinks=reference.blinks,
        amplitude_mean=reference.amplitude_mean,
        amplitude_std=max(_LEAST_AMPLITUDE_STD, reference.amplitude_std),
        duration_mean_s=reference.duration_mean_s,
        duration_std_s=max(_LEAST_DURATION_STD_S, reference.duration_std_s),
        reopening_velocity_mean_per_s=velocity,
        reopening_velocity_std_per_s=max(
            least_velocity_std, reference.reopening_velocity_std_per_s
        ),
    )


def standardised(
    reference: BlinkReference, amplitude: float, duration_s: float, reopening_velocity_per_s: float
) -> tuple[float, float, float] | None:
    """Deviations from the driver's own alert blinks, each within +-10; None while those are not known."""
    if reference.blinks == 0:
        return None
    return (
        _deviations(amplitude, reference.amplitude_mean, reference.amplitude_std),
        _deviations(duration_s, reference.duration_mean_s, reference.duration_std_s),
        _deviations(
            reopening_velocity_per_s,
            reference.reopening_velocity_mean_per_s,
            reference.reopening_velocity_std_per_s,
        ),
    )


def _deviations(value: float, mean: float, std: float) -> float:
    return max(-_MOST_DEVIATIONS, min(_MOST_DEVIATIONS, (value - mean) / std))
