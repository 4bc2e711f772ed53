"""The options of a training that is over, of whichever task a network learned to tell what is on clips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_compression.training.clips.task_options import ClipTaskOptions


def past_options(config: Mapping[str, Any]) -> ClipTaskOptions | None:
    """config: of the training, as its network's file has it; None: it was no training of a clip teacher.

    Raises pydantic's `ValidationError` where they are of another version of Vigil.
    """
    family = _family(config["task"]["name"]) if config["part"] == "teacher" else None
    return None if family is None else family.model_validate(config["task"]["options"])


def _family(task: str) -> type[ClipTaskOptions] | None:
    # Tasks are imported only when they are asked for.
    if task == "clips":
        from model_compression.training.tasks.clips import ClipOptions

        return ClipOptions
    if task == "joint":
        from model_compression.training.tasks.joint import JointOptions

        return JointOptions
    return None
