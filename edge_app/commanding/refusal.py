"""Why a command is not carried out: one word of a closed list, and a sentence for whoever sent it."""

from __future__ import annotations

from enum import Enum


class Reason(str, Enum):
    """The value stands in the result and in the counts of the health message."""

    # Of the message
    UNKNOWN = "unknown"
    OVERSIZED = "oversized"
    RETAINED = "retained"
    TOO_MANY = "too_many"
    MALFORMED = "malformed"
    INVALID = "invalid"
    RESPONSE_TOPIC = "response_topic"
    # Of this request, here and now
    NOT_ALLOWED = "not_allowed"
    CLOCK_NOT_SYNCHRONISED = "clock_not_synchronised"
    EXPIRED = "expired"
    VALID_TOO_LONG = "valid_too_long"
    ID_USED = "id_used"
    CANNOT_REMEMBER = "cannot_remember"
    # Of what it asks for
    NOT_SETTABLE = "not_settable"
    OUT_OF_RANGE = "out_of_range"
    OVERRIDDEN = "overridden"
    NOT_PARKED = "not_parked"
    ONLY_THE_DRIVER = "only_the_driver"
    NO_ALERT = "no_alert"
    NOT_AVAILABLE = "not_available"
    BUSY = "busy"


class RefusedError(Exception):
    """Nothing has been changed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
