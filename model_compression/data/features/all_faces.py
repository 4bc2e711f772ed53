"""All faces of a frame by the perception that comes with Vigil, and by a second detector where that finds none.

Each frame is searched by itself: nothing is followed over time, so that nobody is lost for long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from edge_app.face.box import Box, overlap
from edge_app.face.crop import FaceCrop
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from model_compression.data.features.labelled_video import Side
from model_compression.data.features.seen_frame import Picture

_RUNTIME = "litert"  # one everywhere: the quickest of each machine would see other faces by a rounding error
_SAME_FACE = 0.3  # overlap of boxes


class SecondDetector(Protocol):
    @property
    def name(self) -> str: ...

    def squares(self, picture: Picture) -> list[FaceCrop]: ...


@dataclass(frozen=True, slots=True)
class FoundFaces:
    squares: tuple[FaceCrop, ...]  # the largest first
    rescued: bool = False  # by the second detector


class AllFaces:
    """Raises `UserError` where Vigil's models are missing.

    What its detector finds is looked at closer: what is no face then is left out, and the square comes from the
    landmarks, as in prepared clips. What only the second detector finds is taken as it comes.
    """

    def __init__(self, second: SecondDetector | None = None) -> None:
        settings = PerceptionSettings(runtime=_RUNTIME)
        self._perception = open_perception(settings)
        self._min_presence = settings.min_presence
        self._second = second
        self.second_name = "" if second is None else second.name
        self.name = f"{self._perception.name} {_RUNTIME}"

    def find(self, picture: Picture, side: Side = "") -> FoundFaces:
        """side: only faces whose middle lies in that half of the picture."""
        own = _on_side(self._own(picture), picture, side)
        if own or self._second is None:
            return FoundFaces(_largest_first(own))
        found = _largest_first(_on_side(self._second.squares(picture), picture, side))
        return FoundFaces(found, rescued=bool(found))

    def _own(self, picture: Picture) -> list[FaceCrop]:
        squares: list[FaceCrop] = []
        boxes: list[Box] = []
        for face in self._perception.detect(picture):
            seen = self._perception.observe(picture, face.crop)
            # Two detections of one face meet when they are looked at closer.
            if seen.presence >= self._min_presence and all(
                overlap(seen.box, one) < _SAME_FACE for one in boxes
            ):
                squares.append(seen.next_crop)
                boxes.append(seen.box)
        return squares


def _largest_first(squares: list[FaceCrop]) -> tuple[FaceCrop, ...]:
    return tuple(sorted(squares, key=lambda one: -one.side_px))


def _on_side(squares: list[FaceCrop], picture: Picture, side: Side) -> list[FaceCrop]:
    if not side:
        return squares
    middle = picture.shape[1] / 2
    return [one for one in squares if (one.center_x_px < middle) == (side == "left")]
