"""What a clip may be labelled for, and the classes of each task in the order that a trainer numbers them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, get_args

Task = Literal["drowsiness", "expression", "intoxication"]
Split = Literal["train", "val", "test"]

TASKS: tuple[Task, ...] = get_args(Task)
SPLITS: tuple[Split, ...] = get_args(Split)
CLASSES = MappingProxyType[Task, tuple[str, ...]](
    {
        "drowsiness": ("alert", "drowsy"),
        "expression": (
            "neutral",
            "happiness",
            "sadness",
            "surprise",
            "fear",
            "disgust",
            "anger",
        ),
        # Levels of the script: no blood alcohol concentration belongs to them.
        "intoxication": ("none", "moderate", "strong"),
    }
)
TWO_CLASSES = MappingProxyType[str, tuple[str, ...]](
    {"at_least_moderate": ("moderate", "strong"), "strong": ("strong",)}
)
"""The positive classes of intoxication where a trainer asks for two: they stand in for a lower and a higher limit."""
ORDERED = frozenset[Task]({"intoxication"})
"""Tasks whose classes are levels: who labels wrongly is one level off."""
