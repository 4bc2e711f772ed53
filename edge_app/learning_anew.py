"""The wish that what is learned of the driver begin anew: from another thread to the loop, and its answer back."""

from __future__ import annotations

import threading
from enum import Enum


class LearningAnew(Enum):
    """What came of it."""

    BEGUN = "begun"
    NOT_PARKED = "not_parked"
    NOTHING_COMES = "nothing_comes"  # no turn of the loop in time


class AnewWish:
    """Granted by the loop or withdrawn by whoever wished, whichever comes first. The loop never waits for it."""

    def __init__(self) -> None:
        self._once = threading.Lock()
        self._told = threading.Event()
        self._answer = LearningAnew.NOTHING_COMES

    def take(self) -> bool:
        """True for the loop that now has to `tell`; False where it was withdrawn."""
        return self._once.acquire(blocking=False)

    def tell(self, answer: LearningAnew) -> None:
        self._answer = answer
        self._told.set()

    def wait(self, timeout_s: float) -> LearningAnew:
        if not self._told.wait(timeout_s) and not self._once.acquire(blocking=False):
            self._told.wait()  # the loop is at it this very moment
        return self._answer
