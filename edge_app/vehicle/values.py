"""What one link to the vehicle has told: written by the thread of the link, read by the loop.

Ages count on this machine's own clock: frames may be a recording's, and what a bus tells carries no time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge_app.vehicle.believed import (
    SPEED_KMH,
    STEERING_WHEEL_RAD,
    BelievedNumber,
    BelievedSwitch,
)
from edge_app.vehicle.state import VehicleState

# Ignition off and reverse gear silence alerts, so neither is believed against the speed.
_NOT_OFF_KMH = 20.0
_NOT_BACKWARDS_KMH = 60.0


class VehicleValues:
    """The latest of each value. A lock is held for microseconds; nobody waits for a bus or a network."""

    def __init__(
        self,
        stale_after_s: float,
        switches_stale_after_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """switches_stale_after_s: for ignition and gear, where these are told less often than numbers."""
        switches_s = stale_after_s if switches_stale_after_s is None else switches_stale_after_s
        self._clock = clock
        self._lock = threading.Lock()
        self._speed_kmh = BelievedNumber(SPEED_KMH, stale_after_s)
        self._steering_wheel_rad = BelievedNumber(STEERING_WHEEL_RAD, stale_after_s)
        self._moving = BelievedSwitch(stale_after_s)
        self._ignition_on = BelievedSwitch(switches_s)
        self._reverse = BelievedSwitch(switches_s)
        self.told = 0  # how often something was
        self.longest_kept_s = max(stale_after_s, switches_s)
        self._heard_s = clock()
        self._heard = threading.Event()

    def speed(self, kmh: float | None) -> None:
        self._take(self._speed_kmh, kmh)

    def steering_wheel(self, rad: float | None) -> None:
        self._take(self._steering_wheel_rad, rad)

    def ignition(self, on: bool | None) -> None:
        self._take(self._ignition_on, on)

    def reverse(self, engaged: bool | None) -> None:
        self._take(self._reverse, engaged)

    def moving(self, moving: bool | None) -> None:
        """Of a vehicle that tells whether it moves; standing is a speed of 0 where no speed is told."""
        self._take(self._moving, moving)

    def forget(self) -> None:
        """The link is lost, and with it all that it told."""
        with self._lock:
            for value in (self._speed_kmh, self._steering_wheel_rad):
                value.forget()
            for switch in (self._moving, self._ignition_on, self._reverse):
                switch.forget()

    def state(self) -> VehicleState:
        with self._lock:
            now_s = self._clock()
            speed_kmh = self._speed_kmh.at(now_s)
            if speed_kmh is None and self._moving.at(now_s) is False:
                speed_kmh = 0.0
            return believable(
                VehicleState(
                    speed_kmh=None if speed_kmh is None else abs(speed_kmh),
                    ignition_on=self._ignition_on.at(now_s),
                    reverse=self._reverse.at(now_s),
                    steering_wheel_rad=self._steering_wheel_rad.at(now_s),
                )
            )

    def silent_s(self) -> float:
        """How long nothing has been told, at first since the beginning."""
        with self._lock:
            return self._clock() - self._heard_s

    def wait_heard(self, timeout_s: float) -> bool:
        """Whether anything has been told by then."""
        return self._heard.wait(timeout_s)

    def _take(self, value: BelievedNumber | BelievedSwitch, told: float | bool | None) -> None:
        with self._lock:
            self._heard_s = self._clock()
            self.told += 1
            if isinstance(value, BelievedSwitch):
                value.take(self._heard_s, None if told is None else bool(told))
            else:
                value.take(self._heard_s, told)
        self._heard.set()


def believable(state: VehicleState) -> VehicleState:
    """`state` without what its speed contradicts."""
    speed_kmh = state.speed_kmh
    if speed_kmh is None:
        return state
    off = state.ignition_on is False and speed_kmh >= _NOT_OFF_KMH
    backwards = state.reverse is True and speed_kmh >= _NOT_BACKWARDS_KMH
    if not off and not backwards:
        return state
    return VehicleState(
        speed_kmh,
        None if off else state.ignition_on,
        None if backwards else state.reverse,
        state.steering_wheel_rad,
    )
