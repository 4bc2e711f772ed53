"""How clips are cut and made: what changes a prepared set, and is written into it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from edge_app.errors import UserError

Outside = Literal["grey", "keep"]
NoFace = Literal["leave", "keep"]
GREY = 128  # what lies outside the face, and outside the frame


@dataclass(frozen=True, slots=True)
class ClipSettings:
    size_px: int = 160  # side of the square
    channels: int = 3  # 3: RGB, 1: luma
    frame_rate_hz: float | None = None  # at most; None: each video's own
    window_s: float | None = None  # None: a video is one clip
    stride_s: float | None = None  # from window to window; None: one after the other
    min_label_share: float = 0.75  # of a window's frames with the window's label
    min_face_share: float = 0.5  # of a clip's frames in which a face is found
    outside: Outside = "grey"  # what becomes of the surroundings of the face
    no_face: NoFace = "leave"  # of pictures: keep the whole of one in which none is found

    def __post_init__(self) -> None:
        """Raises `UserError`."""
        if self.size_px < 16:
            raise UserError(f"--size is {self.size_px} but must be 16 pixels or more.")
        if self.channels not in (1, 3):
            raise UserError(f"--channels is {self.channels} but must be 3 (RGB) or 1 (luma).")
        if self.outside not in get_args(Outside):
            raise UserError(
                f"--outside is {self.outside} but must be {' or '.join(get_args(Outside))}."
            )
        if self.no_face not in get_args(NoFace):
            raise UserError(
                f"--no-face is {self.no_face} but must be {' or '.join(get_args(NoFace))}."
            )
        for option, value in (
            ("--frame-rate", self.frame_rate_hz),
            ("--window-s", self.window_s),
            ("--stride-s", self.stride_s),
        ):
            if value is not None and not 0 < value < float("inf"):
                raise UserError(f"{option} is {value:g} but must be more than 0.")
        if self.stride_s is not None and self.window_s is None:
            raise UserError("--stride-s is given without --window-s; give both or neither.")
        for option, share in (
            ("--min-label-share", self.min_label_share),
            ("--min-faces", self.min_face_share),
        ):
            if not 0 <= share <= 1:
                raise UserError(f"{option} is {share:g} but must be a share from 0 to 1.")

    def check_for(self, kind: str, *, pictures: bool) -> None:
        """Raises `UserError` for what has no meaning for a set of pictures, or of videos."""
        if not pictures and self.no_face != "leave":
            raise UserError(
                f"--no-face is for sets of pictures, and {kind} has videos; leave it out."
            )
        for option, value in (
            ("--frame-rate", self.frame_rate_hz),
            ("--window-s", self.window_s),
        ):
            if pictures and value is not None:
                raise UserError(f"{option} is for videos, and {kind} has pictures; leave it out.")

    def as_json(self, *, pictures: bool = False) -> dict[str, Any]:
        """Sets of videos are told without what is only of pictures, as they always were."""
        told = asdict(self)
        if not pictures:
            del told["no_face"]
        return told
