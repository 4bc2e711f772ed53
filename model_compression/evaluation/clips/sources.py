"""What clips have in common that depend on one another: the person on them, or the video that they were cut from."""

from __future__ import annotations

from collections.abc import Sequence

from model_compression.evaluation.figure import MIXED, PEOPLE, Sources

VIDEOS = Sources("video", "videos")


def sources_of(persons: Sequence[str], videos: Sequence[str]) -> tuple[list[str], Sources]:
    """The source of each clip, and what they are: people; videos where nobody says who is on them; or both.

    persons: "" where unknown.
    """
    if all(persons):
        return list(persons), PEOPLE
    of = MIXED if any(persons) else VIDEOS
    named = zip(persons, videos, strict=True)
    # A video may have the name of a person.
    return [f"person {person}" if person else f"video {video}" for person, video in named], of
