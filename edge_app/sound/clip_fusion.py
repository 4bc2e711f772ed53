"""One recording on its way through the analysis: its faces kept frame by frame, its sound heard at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_app.camera.source import UnusableSourceError
from edge_app.face.observation import FaceObservation
from edge_app.sound.frame_faces import FrameFaces
from edge_app.sound.fused_clip import FusedClip
from edge_app.sound.fused_head import Bar, FusedHead
from edge_app.sound.sound_track import SoundTrack, read_sound

_SILENT = 1 / 32768  # the least that 16 bits can tell


class ClipFusion:
    """Told of each frame that was judged, in their order; perception is asked nothing more."""

    def __init__(self, head: FusedHead, path: Path) -> None:
        """path: the video whose sound is heard."""
        self._head = head
        self._path = path
        self._faces = FrameFaces()
        self.told: tuple[str, ...] = ()  # sentences for the user, once it has told

    def see(self, t_s: float, observation: FaceObservation | None) -> None:
        self._faces.add(t_s, None if observation is None else observation.embedding)

    def tell(self, *, bar: Bar) -> FusedClip | None:
        """None where not one frame was judged. Sound that is not there, or cannot be read, is a note.

        Raises `RuntimeError` or `ValueError` where a model cannot be run on this recording.
        """
        if not len(self._faces):
            return None
        sound, notes = self._sound()
        fused = replace(self._head.tell(self._faces, sound, bar=bar), notes=notes)
        manifest = fused.manifest
        self.told = (
            *fused.sentences(),
            f"expression by face and sound, validated: {manifest.validated}; it raises no alert and is published"
            f" nowhere; what is told of a frame weighs in those around it, {manifest.window} at once",
        )
        return fused

    def _sound(self) -> tuple[SoundTrack | None, tuple[str, ...]]:
        try:
            sound = read_sound(self._path)
        except UnusableSourceError as error:
            return None, (f"{error}; the expression is told by the face alone",)
        if sound is None:
            return None, (
                "the clip has no sound track that can be heard; the expression is told by the face alone",
            )
        if np.abs(sound.samples).max() < _SILENT:
            return None, (
                "the clip's sound track is silent throughout; the expression is told by the face alone",
            )
        return sound, ()
