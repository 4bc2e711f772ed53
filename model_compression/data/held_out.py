"""Who is never trained on: the same people for every student, so that one held-out list serves all figures."""

from __future__ import annotations

import hashlib

_NIR_PEOPLE = {"11", "12", "13"}
# The man of the clip with both is the man of the clip alone, who is learned from; the woman is in both as well.
_HEADPOSE_PEOPLE = {"woman", "both-left", "both-right"}
_FACES_ONE_IN = 20


def is_held_out(set_name: str, person: str) -> bool:
    """True for people whose pictures are kept for measuring."""
    if set_name == "turned":  # its people are named `set:person`
        set_name, _, person = person.partition(":")
    if set_name == "nir":
        return person in _NIR_PEOPLE
    if set_name == "headpose":
        return person in _HEADPOSE_PEOPLE
    if set_name == "faces":
        digest = hashlib.sha256(person.encode()).digest()
        return digest[0] % _FACES_ONE_IN == 0
    return set_name.endswith("-val")
