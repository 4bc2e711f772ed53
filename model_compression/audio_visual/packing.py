"""A trained head of faces and sound as the folder that `vigil analyze --audio` reads.

It goes along with one bundle, whose face part gave the faces that it learned from, and with one network of sound, which
is packed too. Nothing is packed that does not answer in ONNX Runtime as it does in torch.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.bundle.manifest import NOT_VALIDATED, BundleFile
from edge_app.bundle.open import Bundle, open_bundle
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.sound.fused_head import FusedHead
from edge_app.sound.head_folder import open_fused_head
from edge_app.sound.head_manifest import (
    EMBEDDING,
    FORMAT,
    HEAD_NAME,
    LISTENER_NAME,
    MANIFEST_NAME,
    AudioVisualManifest,
    FaceStream,
    FrameRates,
    HeadFile,
    HeadFiles,
    SmoothingFilter,
    SoundStream,
    yaml_text,
)
from edge_app.sound.sound_track import SAMPLE_RATE_HZ
from model_compression.audio_visual.asking import FrameNetwork
from model_compression.audio_visual.listener_to_onnx import listener_to_onnx
from model_compression.audio_visual.to_onnx import windows_to_onnx
from model_compression.data.clips.classes import EXPRESSION
from model_compression.data.features.feature_set import INDEX, FeatureSet
from model_compression.data.features.sound_reader import SoundReader
from model_compression.export.optional_package import needed

_MADE_BY_BUNDLE = re.compile(r"bundle (?P<name>[^/ ]+)/(?P<version>\S+) (?P<runtime>\S+)")
_DIGEST = re.compile(r"\(([0-9a-f]+)\)$")
_TOLERANCE = 1e-3  # of the numbers' own deviation
_LENGTHS_S = (0.025, 0.5, 2.0, 3.7)  # at which the listener is compared
_PRESENT = ((0.8, 0.8), (0.0, 0.8), (0.8, 0.0), (0.0, 0.0))  # shares of faces and of sound


@dataclass(frozen=True, slots=True)
class Packed:
    """What the user is told."""

    folder: Path
    manifest: AudioVisualManifest
    listener_off: float  # largest difference from torch, in deviations of the numbers
    head_off: float


def pack(
    run: Path,
    listener: Path,
    out: Path,
    *,
    bundle: str,
    licence: str,
    today: datetime.date,
    at_work: Callable[[str], None] = lambda what: None,
) -> Packed:
    """listener: a folder of transformers. bundle: by name or folder. Raises `UserError`."""
    if not licence.strip():
        raise UserError("--licence is empty: name the terms of the weights, or leave it out.")
    for package in ("onnx", "onnxscript", "onnxruntime"):
        needed(package)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: is there already; name another folder.")
    network = FrameNetwork.open(run)
    reader = SoundReader(listener, "cpu")
    opened = open_bundle(bundle)
    face = _face_stream(network, opened)
    sound = _sound_stream(network, reader, listener)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as unfinished:
            made = Path(unfinished) / "head"
            made.mkdir()
            at_work("writing the listener")
            listener_to_onnx(reader.network, made / LISTENER_NAME, reader.listening.grid)
            if [path.name for path in made.iterdir()] != [LISTENER_NAME]:
                raise UserError(
                    f"{listener}: its network does not fit into one ONNX file of 2 GB; learn from a smaller one."
                )
            at_work("writing the head")
            windows_to_onnx(
                network.network,
                made / HEAD_NAME,
                visual_size=face.size,
                sound_size=sound.size,
                window=network.options.window,
            )
            manifest = _manifest(network, face, sound, made, licence=licence, today=today)
            (made / MANIFEST_NAME).write_text(yaml_text(manifest), encoding="utf-8")
            at_work("comparing with torch")
            head = open_fused_head(made, PerceptionSettings(model=bundle))
            listener_off = _listener_off(reader, head)
            head_off = _head_off(network, head)
            if out.exists():
                out.rmdir()
            made.rename(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}).") from error
    return Packed(out, manifest, listener_off, head_off)


def _face_stream(network: FrameNetwork, bundle: Bundle) -> FaceStream:
    told = _told_stream(network, "visual", "sees no faces")
    by = _MADE_BY_BUNDLE.fullmatch(told["made_by"])
    if by is None or told["name"].rpartition(".")[2] != EMBEDDING:
        raise UserError(
            f"{network.path}: looks at {told['name']} by {told['made_by']}, and a vehicle has nothing but the embedding"
            " of its bundle's face part; train it on features of `--visual default`."
        )
    if (by["name"], by["version"]) != (bundle.manifest.name, bundle.manifest.version):
        raise UserError(
            f"{network.path}: learned from faces as the bundle {by['name']} {by['version']} reads them, not"
            f" {bundle.title}; give that bundle with --bundle."
        )
    part = bundle.part("face")
    size = int(network.file.choice.options["visual_size"])
    given = part.outputs[EMBEDDING].shape[-1] if EMBEDDING in part.outputs else 0
    if size != given:
        raise UserError(
            f"{network.path}: takes {size} numbers of a face, and {bundle.title} gives {given}; train it anew."
        )
    return FaceStream(
        stream=EMBEDDING,
        size=size,
        bundle=bundle.manifest.name,
        version=bundle.manifest.version,
        face_sha256=_finest(part.files, by["runtime"]).sha256,
    )


def _finest(files: tuple[BundleFile, ...], runtime: str) -> BundleFile:
    """Of the runtime that read the features; the float32 one where there is one."""
    passed = [file for file in files if file.gate == "passed"]
    own = [file for file in passed if file.runtime == runtime] or passed
    return next((file for file in own if file.precision == "float32"), own[0])


def _sound_stream(network: FrameNetwork, reader: SoundReader, folder: Path) -> SoundStream:
    told = _told_stream(network, "sound", "listens to nothing")
    made_by = reader.streams[reader.name].made_by
    if told["name"] != reader.name or _digest(told["made_by"]) != _digest(made_by):
        raise UserError(
            f"{folder}: is {made_by}, and {network.path} learned from {told['made_by']}; give that one with --listener."
        )
    listening = reader.listening
    return SoundStream(
        network=made_by,
        size=listening.size,
        sample_rate_hz=SAMPLE_RATE_HZ,
        normalised=listening.normalises,
        token_hop=listening.grid.hop,
        token_reach=listening.grid.reach,
        chunk_s=listening.chunk_s,
        overlap_s=listening.overlap_s,
    )


def _told_stream(network: FrameNetwork, of: str, lacks: str) -> Mapping[str, str]:
    told = network.file.told["streams"][of]
    if told is None:
        raise UserError(
            f"{network.path}: {lacks}, so that there is nothing to fuse; give a run with both streams."
        )
    return dict(told)


def _digest(made_by: str) -> str:
    """Of the weights, whatever their folder is called."""
    found = _DIGEST.search(made_by)
    return made_by if found is None else found[1]


def _manifest(
    network: FrameNetwork,
    face: FaceStream,
    sound: SoundStream,
    made: Path,
    *,
    licence: str,
    today: datetime.date,
) -> AudioVisualManifest:
    options = network.options
    if not options.label.startswith(EXPRESSION):
        raise UserError(
            f"{network.path}: tells {options.label}, and a recording's face and sound are asked for the expression."
        )
    return AudioVisualManifest(
        format=FORMAT,
        name=network.file.name,
        created=today,
        label=options.label,
        classes=network.classes,
        window=options.window,
        stride=options.stride,
        smoothing=SmoothingFilter(filter=options.smoothing, kernel=options.smoothing_frames),
        visual=face,
        sound=sound,
        frame_rates=_frame_rates(network),
        files=HeadFiles(
            listener=_described(made / LISTENER_NAME), head=_described(made / HEAD_NAME)
        ),
        licence=licence,
        validated=NOT_VALIDATED,
    )


def _described(path: Path) -> HeadFile:
    content = path.read_bytes()
    return HeadFile(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _frame_rates(network: FrameNetwork) -> FrameRates | None:
    """Of the videos it learned from, where they are still there."""
    rates: list[float] = []
    for entry in network.file.config["data"]:
        folder = Path(entry["name"]).expanduser()
        if (folder / INDEX).is_file():
            rates += [row.frame_rate_hz for row in FeatureSet.open(folder).rows]
    known = [rate_hz for rate_hz in rates if rate_hz > 0]
    return FrameRates(low_hz=min(known), high_hz=max(known)) if known else None


def _listener_off(reader: SoundReader, head: FusedHead) -> float:
    rng = np.random.default_rng(0)
    off = 0.0
    for seconds in (*_LENGTHS_S, reader.listening.chunk_s):
        length = max(round(seconds * SAMPLE_RATE_HZ), reader.listening.grid.reach)
        samples = rng.standard_normal((1, length)).astype(np.float32)
        off = max(off, _off(head.tokens(samples), reader.ask(samples)))
    return _checked(off, "listener")


@torch.no_grad()
def _head_off(network: FrameNetwork, head: FusedHead) -> float:
    rng = np.random.default_rng(0)
    manifest = head.manifest
    count = manifest.window
    off = 0.0
    for faces, sound in _PRESENT:
        given: tuple[NDArray[Any], ...] = (
            rng.standard_normal((count, manifest.visual.size)).astype(np.float32),
            rng.random(count) < faces,
            rng.standard_normal((count, manifest.sound.size)).astype(np.float32),
            rng.random(count) < sound,
        )
        seen, seen_at, heard, heard_at = (torch.from_numpy(value)[None] for value in given)
        expected = network.network(seen, heard, seen_at, heard_at)["logits"][0].numpy()
        off = max(off, _off(head.logits(*given).astype(np.float32), expected))
    return _checked(off, "head")


def _off(said: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    if said.shape != expected.shape:
        return float("inf")
    return float(np.abs(said - expected).max() / max(float(expected.std()), 1e-6))


def _checked(off: float, what: str) -> float:
    if not off <= _TOLERANCE:
        raise UserError(
            f"the {what} answers otherwise in ONNX Runtime than in torch, by {off:.2g} of its deviation; nothing was"
            " packed."
        )
    return off
