"""From the folder of `vigil pack-audio-visual` to a `FusedHead`: described, whole, and made for this bundle.

Everything wrong is one sentence with the file, what is wrong, and what to do.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from edge_app.bundle.open import open_bundle
from edge_app.configuration.document import ConfigurationError, printable, read_document
from edge_app.configuration.load import validated
from edge_app.errors import UserError
from edge_app.face.settings import MEDIAPIPE, PerceptionSettings
from edge_app.inference.runtimes import open_session
from edge_app.inference.session import ModelContent, ModelFileError, Session, Signature
from edge_app.sound.fused_head import FusedHead
from edge_app.sound.head_manifest import (
    EMBEDDING,
    FORMAT,
    HEAD_NAME,
    LISTENER_NAME,
    MANIFEST_NAME,
    AudioVisualManifest,
    HeadFile,
)
from edge_app.sound.sound_track import SAMPLE_RATE_HZ

_AGAIN = "pack the head again with `vigil pack-audio-visual`"
_LARGEST_MANIFEST_BYTES = 64 * 1024
_LISTENER = Signature({"samples": "samples"}, {"tokens": "tokens"})
_HEAD = Signature(
    {name: name for name in ("visual", "sound", "visual_present", "sound_present")},
    {"logits": "logits"},
)


def open_fused_head(folder: Path, perception: PerceptionSettings) -> FusedHead:
    """The head, for faces that are read as `perception` says. Raises `UserError`."""
    manifest = read_head_manifest(folder)
    check_bundle(folder, manifest, perception.model)
    files = manifest.files
    head = FusedHead(
        manifest,
        listener=_open(folder / LISTENER_NAME, files.listener, _LISTENER, perception.threads),
        head=_open(folder / HEAD_NAME, files.head, _HEAD, perception.threads),
    )
    _try_out(folder, head)
    return head


def read_head_manifest(folder: Path) -> AudioVisualManifest:
    """Raises `UserError`."""
    path = folder / MANIFEST_NAME
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_MANIFEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ModelFileError(
            f"{folder}: no head of faces and sound is here, since it has no {MANIFEST_NAME}; name a folder of"
            " `vigil pack-audio-visual`."
        ) from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(content) > _LARGEST_MANIFEST_BYTES:
        raise ModelFileError(f"{path}: far too large for a {MANIFEST_NAME}; {_AGAIN}.")
    try:
        document = read_document(content.decode("utf-8"), str(path))
        version = document.values.get("format", FORMAT)
        if version != FORMAT:
            raise ModelFileError(
                f"{path}: the head is of format {printable(str(version))}, this program reads format {FORMAT};"
                f" update Vigil, or {_AGAIN}."
            )
        return validated(AudioVisualManifest, document)
    except UnicodeDecodeError:
        raise ModelFileError(f"{path}: not UTF-8 text; {_AGAIN}.") from None
    except ConfigurationError as error:
        raise ModelFileError(error.sentences[0]) from error


def check_bundle(folder: Path, manifest: AudioVisualManifest, model: str) -> None:
    """Raises `UserError` unless the bundle `model` has the very face part that the head learned with."""
    learned = manifest.visual
    if model == MEDIAPIPE:
        raise UserError(
            f"{folder}: the head knows faces as the bundle {learned.bundle} {learned.version} reads them, and"
            f" perception.model is {MEDIAPIPE}, which gives no embedding; set it to that bundle."
        )
    bundle = open_bundle(model)
    face = bundle.part("face")
    if EMBEDDING not in face.outputs:
        raise UserError(
            f"{bundle.title}: its face part gives no embedding, without which no face can be fused with sound; choose"
            " another bundle."
        )
    if learned.face_sha256 not in {file.sha256 for file in face.files}:
        raise UserError(
            f"{folder}: the head learned from faces as the bundle {learned.bundle} {learned.version} reads them, and"
            f" perception.model is {bundle.title} with another face part; choose that bundle, or train the head anew."
        )
    size = face.outputs[EMBEDDING].shape[-1]
    if size != learned.size:
        raise UserError(
            f"{folder}: the head takes {learned.size} numbers of a face, and {bundle.title} gives {size}; {_AGAIN}."
        )


def _open(path: Path, file: HeadFile, signature: Signature, threads: int) -> Session:
    content = ModelContent(str(path), _read(path, file))
    return open_session("onnx", content, signature, threads=threads)


def _read(path: Path, file: HeadFile) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: this file of the head is missing; {_AGAIN}.") from None
    except OSError as error:
        raise ModelFileError(
            f"{path}: cannot be read ({error.strerror}); check its permissions."
        ) from error
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        raise ModelFileError(
            f"{path}: the file is damaged or was changed: it is not the one that {MANIFEST_NAME} describes; {_AGAIN}."
        )
    return content


def _try_out(folder: Path, head: FusedHead) -> None:
    """Half a second of silence and one window in which nothing is there: sizes must be those of the manifest."""
    manifest = head.manifest
    listening = manifest.listening()
    samples = np.zeros(max(SAMPLE_RATE_HZ // 2, listening.grid.reach), np.float32)
    frames = manifest.window
    try:
        tokens = listening.tokens(samples, head.tokens)
        logits = head.logits(
            np.zeros((frames, manifest.visual.size), np.float32),
            np.zeros(frames, np.bool_),
            np.zeros((frames, manifest.sound.size), np.float32),
            np.zeros(frames, np.bool_),
        )
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelFileError(
            f"{folder}: its models cannot be run as {MANIFEST_NAME} describes them ({reason}); {_AGAIN}."
        ) from error
    if len(tokens) != listening.grid.count(len(samples)) or not np.isfinite(tokens).all():
        raise ModelFileError(
            f"{folder / LISTENER_NAME}: does not give the tokens that {MANIFEST_NAME} says; {_AGAIN}."
        )
    if not np.isfinite(logits).all():
        raise ModelFileError(f"{folder / HEAD_NAME}: what it says is not a number; {_AGAIN}.")
