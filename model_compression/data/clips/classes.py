"""What a clip may be labelled for, and the classes of each task in the order of their numbers.

The order is that of simulated sets, so that networks and figures of real and simulated clips can stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXPRESSION, DROWSINESS, INTOXICATION = "expression", "drowsiness", "intoxication"
# Sets with more classes than the seven: AffectNet-8 and FERPlus add contempt, Aff-Wild2 the rest of all expressions,
# MAFW four more. Each begins with the seven, so that seven are told by leaving out the logits behind them.
EXPRESSION_8, EXPRESSION_OTHER, EXPRESSION_11 = (
    "expression_8",
    "expression_other",
    "expression_11",
)
IDENTITY = "identity"  # who it is; each set has its own people
VALENCE, AROUSAL = "valence", "arousal"  # not classes but values, -1..1

_SEVEN = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EXPRESSION: _SEVEN,
        EXPRESSION_8: (*_SEVEN, "contempt"),
        EXPRESSION_OTHER: (*_SEVEN, "other"),
        EXPRESSION_11: (*_SEVEN, "contempt", "anxiety", "helplessness", "disappointment"),
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
