"""Why there is no update now: one word of a closed list, and a sentence."""

from __future__ import annotations

from enum import Enum

from edge_app.errors import UserError


class Why(str, Enum):
    """The value stands in what the fleet is told."""

    CLOCK_NOT_SYNCHRONISED = "clock_not_synchronised"
    CLOCK_SET_BACK = "clock_set_back"
    NO_ROOT = "no_root"
    NOT_TRUSTED = (
        "not_trusted"  # signatures, versions, hashes: somebody is tampering, or has made a mistake
    )
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    BROKEN_OFF = "broken_off"  # what has come is kept
    NO_SUCH_RELEASE = "no_such_release"
    KNOWN_BAD = "known_bad"
    DISK = "disk"
    UNUSABLE = "unusable"  # signed, whole, and not fit for this vehicle
    BUSY = "busy"


class UpdateError(UserError):
    """Nothing in use has been changed."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why
