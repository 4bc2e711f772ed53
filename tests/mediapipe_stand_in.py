"""The source of a module that stands for MediaPipe, which has an environment of its own: it sees nobody."""

from __future__ import annotations

import textwrap

_SOURCE = """\
import json, os, sys, time, types
from types import SimpleNamespace as Named

def log(**what):
    sys.stderr.write(json.dumps(what) + "\\n")
    sys.stderr.flush()

class FaceLandmarker:
    @staticmethod
    def create_from_options(options):
{opened}
        return FaceLandmarker()

    def detect_for_video(self, image, ms):
{asked}
        return Named(face_landmarks=[], face_blendshapes=[])

    def close(self):
        pass

__version__ = "0"
ImageFormat = Named(SRGB="srgb")
Image = lambda **given: Named(**given)
vision = types.ModuleType("mediapipe.tasks.python.vision")
vision.FaceLandmarker = FaceLandmarker
vision.FaceLandmarkerOptions = vision.BaseOptions = lambda **given: Named(**given)
vision.RunningMode = Named(VIDEO="VIDEO", IMAGE="IMAGE")
python = types.ModuleType("mediapipe.tasks.python")
python.vision = vision
for name in ("mediapipe.tasks", "mediapipe.tasks.python.core"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["mediapipe.tasks.python"] = python
sys.modules["mediapipe.tasks.python.vision"] = vision
sys.modules["mediapipe.tasks.python.core.base_options"] = vision
"""


def mediapipe_stand_in(*, asked: str, opened: str = "pass") -> str:
    """`asked`: statements run for each picture, which know `image`, `ms` and `log`; `opened`: for the `options`."""
    return _SOURCE.format(
        asked=textwrap.indent(asked, " " * 8), opened=textwrap.indent(opened, " " * 8)
    )
