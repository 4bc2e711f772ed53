"""What the parent asks of the capture process, as it goes over the wire between them. Standard library only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """One source to open and how; fulfils `SourceSettings`."""

    source: str
    width_px: int
    height_px: int
    frame_rate_hz: float
    pixel_format: str
    exposure_longest_ms: float | None
    decode_threads: int
    open_timeout_s: float
    file_speed: float
    resume_after_s: (
        float | None
    )  # where a file is played again after a failure: the time it had reached

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def from_json(content: bytes) -> CaptureRequest:
        return CaptureRequest(**json.loads(content))


@dataclass(frozen=True, slots=True)
class CaptureMessage:
    """What the capture process tells its parent: one packet each.

    kind: `opened`, `frame`, `wrong_size`, `ended`, `failed` (a second try may help) or `unusable` (none will).
    """

    kind: str
    text: str = ""

    def to_bytes(self) -> bytes:
        return f"{self.kind} {self.text}".encode()

    @staticmethod
    def from_bytes(packet: bytes) -> CaptureMessage:
        kind, _, text = packet.decode(errors="replace").partition(" ")
        return CaptureMessage(kind, text)
