"""A head of faces and sound over a whole recording: both streams of its frames in, what it says of each frame out.

Paper 2, "safe cross-attention" (the expression track of the tenth ABAW competition), sec. 3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.inference.session import Session
from edge_app.sound.frame_faces import FrameFaces
from edge_app.sound.fused_clip import FusedClip
from edge_app.sound.head_manifest import AudioVisualManifest
from edge_app.sound.listening import Progress
from edge_app.sound.smoothing import softmax
from edge_app.sound.sound_track import SoundTrack

Bar = Callable[[str], Progress]
"""What is at work now, in words -> where its progress is told."""


class FusedHead:
    """Windows over the frames, the mean of the logits of all that cover a frame, smoothed as the head learned it.

    It looks ahead, up to a window and half of the smoothing's kernel: for recordings, never in a vehicle.
    """

    def __init__(self, manifest: AudioVisualManifest, *, listener: Session, head: Session) -> None:
        """listener: `samples` (1, n) -> `tokens` (1, T_a, d). head: one window of both streams -> `logits`."""
        self.manifest = manifest
        self._listener = listener
        self._head = head
        self._windows = manifest.windows()

    def tell(
        self,
        faces: FrameFaces,
        sound: SoundTrack | None,
        *,
        bar: Bar = lambda what: lambda done, of: None,
    ) -> FusedClip:
        """sound: None where the recording has none."""
        times_s = faces.times_s()
        heard, heard_at = self.hear(sound, times_s, progress=bar("listening"))
        seen, seen_at = faces.embeddings(self.manifest.visual.size)
        logits = self.logits(seen, seen_at, heard, heard_at, progress=bar("face and sound"))
        probabilities, said = self.manifest.smoothed().of(softmax(logits))
        return FusedClip(times_s, probabilities, said, seen_at, heard_at, self.manifest)

    def hear(
        self,
        sound: SoundTrack | None,
        times_s: NDArray[np.float64],
        *,
        progress: Progress = lambda done, of: None,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(T, d), and at which of the T frames there is sound."""
        listening = self.manifest.listening()
        return listening.at_frames(sound, times_s, self.tokens, progress=progress)

    def logits(
        self,
        seen: NDArray[np.float32],
        seen_at: NDArray[np.bool_],
        heard: NDArray[np.float32],
        heard_at: NDArray[np.bool_],
        *,
        progress: Progress = lambda done, of: None,
    ) -> NDArray[np.float64]:
        """(T, visual size), (T,), (T, sound size), (T,) -> (T, C)."""
        starts = self._windows.starts(len(seen))
        said = np.zeros((len(starts), self._windows.length, len(self.manifest.classes)), np.float32)
        for number, start in enumerate(starts.tolist()):
            # The two masks are of bool, as in the file: only ONNX Runtime runs it.
            given: dict[str, NDArray[Any]] = {
                "visual": self._windows.cut(seen, start)[None],
                "sound": self._windows.cut(heard, start)[None],
                "visual_present": self._windows.cut(seen_at, start)[None],
                "sound_present": self._windows.cut(heard_at, start)[None],
            }
            told = self._head.run(given)["logits"]
            if told.shape != (1, *said.shape[1:]):
                raise ValueError(f"logits of {told.shape} for {(1, *said.shape[1:])}")
            said[number] = told[0]
            progress(number + 1, len(starts))
        return self._windows.averaged(said, starts, len(seen))

    def tokens(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(1, n) samples of a chunk -> (T_a, d)."""
        told = self._listener.run({"samples": np.ascontiguousarray(samples)})["tokens"]
        return np.asarray(told[0])
