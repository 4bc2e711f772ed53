"""The options of a training of clips that is over, whichever its task was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_compression.training.clips.looked_at import LooksAtClips
from model_compression.training.clips.task_options import ClipTaskOptions


def past_options(config: Mapping[str, Any]) -> ClipTaskOptions | None:
    """config: of the training, as its network's file has it; None: it was no training of a clip teacher.

    Raises pydantic's `ValidationError` where they are of another version of Vigil.
    """
    family = _family(config["task"]["name"]) if config["part"] == "teacher" else None
    return None if family is None else family.model_validate(config["task"]["options"])


def options_of_any(config: Mapping[str, Any]) -> LooksAtClips | None:
    """Alike, of what clip teachers begin with too."""
    if (config["part"], config["task"]["name"]) != ("network", "masked_clips"):
        return past_options(config)
    from model_compression.training.tasks.masked_clips import MaskedClipsOptions

    return MaskedClipsOptions.model_validate(config["task"]["options"])


def _family(task: str) -> type[ClipTaskOptions] | None:
    # Tasks are imported only when they are asked for.
    if task == "clips":
        from model_compression.training.tasks.clips import ClipOptions

        return ClipOptions
    if task == "joint":
        from model_compression.training.tasks.joint import JointOptions

        return JointOptions
    return None
