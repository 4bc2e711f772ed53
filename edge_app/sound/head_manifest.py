"""`audio-visual.yaml`, format version 1: what a folder with a head of faces and sound holds, and what it is asked with.

Written by the workshop's packing, read by `head_folder.py`, which checks the files.
"""

from __future__ import annotations

import datetime
from typing import Literal

import yaml
from pydantic import Field, model_validator

from edge_app.bundle.manifest import NOT_VALIDATED, Sha256
from edge_app.settings_model import SettingsModel
from edge_app.sound.listening import Listening
from edge_app.sound.smoothing import Filter, Smoothing
from edge_app.sound.sound_chunks import TokenGrid
from edge_app.sound.sound_track import SAMPLE_RATE_HZ
from edge_app.sound.windows import Windows

FORMAT = 1
MANIFEST_NAME = "audio-visual.yaml"
LISTENER_NAME, HEAD_NAME = "listener.onnx", "head.onnx"
EMBEDDING = "embedding"
# Far beyond any network's: a damaged number is refused before memory is asked for.
_MOST_NUMBERS, _MOST_SAMPLES = 65_536, 60 * SAMPLE_RATE_HZ


class HeadFile(SettingsModel):
    """A model file beside the manifest."""

    bytes: int = Field(ge=1, description="Size of the file.")
    sha256: Sha256 = Field(description="SHA-256 of the file, 64 lower-case hex digits.")


class HeadFiles(SettingsModel):
    """Both models."""

    listener: HeadFile = Field(description=f"{LISTENER_NAME}: samples to tokens.")
    head: HeadFile = Field(description=f"{HEAD_NAME}: one window to logits.")


class FaceStream(SettingsModel):
    """What the head knows of a face: it learned from one bundle's face part, and knows no other."""

    stream: Literal["embedding"] = Field(description="The output of the face part.")
    size: int = Field(ge=1, le=_MOST_NUMBERS, description="Its numbers.")
    bundle: str = Field(min_length=1, description="Name of the bundle.")
    version: str = Field(min_length=1, description="Version of the bundle.")
    face_sha256: Sha256 = Field(
        description="SHA-256 of a file of its face part, the float32 one where there is one."
    )


class SoundStream(SettingsModel):
    """How the listener is asked."""

    network: str = Field(min_length=1, description="Which network it is.")
    size: int = Field(ge=1, le=_MOST_NUMBERS, description="Numbers of a token.")
    sample_rate_hz: Literal[16000] = Field(description="Samples a second, mono.")
    normalised: bool = Field(description="Whether samples come with mean 0 and deviation 1.")
    token_hop: int = Field(
        ge=1, le=_MOST_SAMPLES, description="Samples from one token to the next."
    )
    token_reach: int = Field(ge=1, le=_MOST_SAMPLES, description="Samples that a token has seen.")
    chunk_s: float = Field(gt=0, le=600, description="Longer sound is heard in such chunks.")
    overlap_s: float = Field(ge=0, description="What two chunks share.")


class FrameRates(SettingsModel):
    """Of the videos it learned from. Every frame of a recording is taken, whatever its rate."""

    low_hz: float = Field(gt=0, description="Of the slowest video, frames a second.")
    high_hz: float = Field(gt=0, description="Of the fastest.")


class SmoothingFilter(SettingsModel):
    """Over time, of what is told frame by frame."""

    filter: Filter = Field(description="median of probabilities, mode of classes, or none.")
    kernel: int = Field(ge=1, le=999, description="Frames, odd.")


class AudioVisualManifest(SettingsModel):
    """All of `audio-visual.yaml`."""

    format: Literal[1] = Field(description="Version of this format.")
    name: str = Field(min_length=1, max_length=200, description="The training that made it.")
    created: datetime.date = Field(description="When it was packed.")
    label: str = Field(min_length=1, description="Which kind of classes it tells.")
    classes: tuple[str, ...] = Field(description="Its classes, in the order of the logits.")
    window: int = Field(ge=1, le=4096, description="Frames that are seen together.")
    stride: int = Field(ge=1, description="Frames from one window to the next.")
    smoothing: SmoothingFilter = Field(description="What smooths it over time.")
    visual: FaceStream = Field(description="What it knows of a face.")
    sound: SoundStream = Field(description="What it knows of sound.")
    frame_rates: FrameRates | None = Field(
        None, description="Rates that it knows; null: nobody has told."
    )
    files: HeadFiles = Field(description="Its models.")
    licence: str = Field(min_length=1, description="The weights' terms.")
    validated: str = Field(
        NOT_VALIDATED,
        min_length=1,
        description="`none`, or in a sentence on which data it was validated.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> AudioVisualManifest:
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError("it needs two classes or more, each with a name of its own")
        if self.stride > self.window:
            raise ValueError("the stride is above the window: frames would be missed")
        if self.smoothing.kernel % 2 == 0:
            raise ValueError("the kernel of the smoothing is even: it has no middle")
        if self.sound.overlap_s >= self.sound.chunk_s:
            raise ValueError("chunks of sound share all they have")
        return self

    def windows(self) -> Windows:
        return Windows(self.window, self.stride)

    def smoothed(self) -> Smoothing:
        return Smoothing(self.smoothing.filter, self.smoothing.kernel)

    def listening(self) -> Listening:
        sound = self.sound
        return Listening(
            TokenGrid(sound.token_hop, sound.token_reach, SAMPLE_RATE_HZ),
            sound.size,
            sound.normalised,
            sound.chunk_s,
            sound.overlap_s,
        )


def yaml_text(manifest: AudioVisualManifest) -> str:
    """The manifest as the text of `audio-visual.yaml`."""
    values = manifest.model_dump(mode="json")
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120)
