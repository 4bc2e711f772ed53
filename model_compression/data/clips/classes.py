"""What a clip may be labelled for, and the classes of each task in the order of their numbers.

The order is that of simulated sets, so that networks and figures of real and simulated clips can stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXPRESSION, DROWSINESS, INTOXICATION = "expression", "drowsiness", "intoxication"

CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EXPRESSION: (
            "neutral",
            "happiness",
            "sadness",
            "surprise",
            "fear",
            "disgust",
            "anger",
        ),
        DROWSINESS: ("alert", "drowsy"),
        INTOXICATION: ("none", "moderate", "strong"),
    }
)
ALERT, DROWSY = 0, 1
_OTHER_WORDS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}


def emotion_number(word: str) -> int | None:
    """Of a set's own word for one of the seven expressions; None where it is none of them."""
    name = word.strip().lower()
    name = _OTHER_WORDS.get(name, name)
    return CLASSES[EXPRESSION].index(name) if name in CLASSES[EXPRESSION] else None
