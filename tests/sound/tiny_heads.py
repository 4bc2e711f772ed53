"""A head of faces and sound whose answers can be worked out by hand, as real, tiny ONNX files beside their manifest.

The listener tells the mean of the 25 ms that a token has seen. Of the classes `seen` grows with the face's first
number, `heard` with the sound, `neither` stays 0.
"""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.bundle.open import open_bundle
from edge_app.face.settings import BUILT_IN
from edge_app.sound.head_manifest import (
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

CLASSES = ("seen", "heard", "neither")
FACE_SIZE, SOUND_SIZE = 256, 1
WINDOW, STRIDE, KERNEL = 8, 2, 3
HOP, REACH = 320, 400
SEEN_LOGIT, HEARD_LOGIT = 1.0, 4.0


def listener_model(reach: int = REACH, *, only: int | None = None) -> bytes:
    """samples (1, n) -> tokens (1, T_a, 1). only: of so many samples; of others it fails."""
    onnx = _onnx()
    nodes = [
        onnx.helper.make_node("Unsqueeze", ["samples", "one"], ["channel"])
        if only is None
        else onnx.helper.make_node("Reshape", ["samples", "shape"], ["channel"]),
        onnx.helper.make_node("Conv", ["channel", "mean"], ["told"], strides=[HOP]),
        onnx.helper.make_node("Transpose", ["told"], ["tokens"], perm=[0, 2, 1]),
    ]
    constants = {
        "one": np.array([1], np.int64),
        "shape": np.array([1, 1, only or 0], np.int64),
        "mean": np.full((1, 1, reach), 1 / reach, np.float32),
    }
    given, told = [_value("samples", (1, "n"))], [_value("tokens", (1, "t", 1))]
    return _model(nodes, given, told, constants)


def head_model(window: int = WINDOW, face_size: int = FACE_SIZE) -> bytes:
    """A window of both streams -> logits (1, window, 3)."""
    onnx = _onnx()
    of_face = np.zeros((face_size, 3), np.float32)
    of_face[0, 0] = SEEN_LOGIT
    make = onnx.helper.make_node
    nodes = [
        make("MatMul", ["visual", "of_face"], ["by_face"]),
        make("MatMul", ["sound", "of_sound"], ["by_sound"]),
        make("Cast", ["visual_present"], ["face_there"], to=onnx.TensorProto.FLOAT),
        make("Cast", ["sound_present"], ["sound_there"], to=onnx.TensorProto.FLOAT),
        make("Unsqueeze", ["face_there", "two"], ["face_mask"]),
        make("Unsqueeze", ["sound_there", "two"], ["sound_mask"]),
        make("Mul", ["by_face", "face_mask"], ["face_told"]),
        make("Mul", ["by_sound", "sound_mask"], ["sound_told"]),
        make("Add", ["face_told", "sound_told"], ["logits"]),
    ]
    constants = {
        "two": np.array([2], np.int64),
        "of_face": of_face,
        "of_sound": np.array([[0, HEARD_LOGIT, 0]], np.float32),
    }
    given = [
        _value("visual", (1, window, face_size)),
        _value("sound", (1, window, SOUND_SIZE)),
        _value("visual_present", (1, window), onnx.TensorProto.BOOL),
        _value("sound_present", (1, window), onnx.TensorProto.BOOL),
    ]
    return _model(nodes, given, [_value("logits", (1, window, 3))], constants)


def head_manifest(
    listener: bytes = b"listener", head: bytes = b"head", **changed: Any
) -> AudioVisualManifest:
    """Of the bundle that comes with Vigil."""
    bundle = open_bundle(BUILT_IN)
    face = bundle.part("face")
    values: dict[str, Any] = {
        "format": 1,
        "name": "tiny",
        "created": datetime.date(2026, 12, 1),
        "label": "expression",
        "classes": CLASSES,
        "window": WINDOW,
        "stride": STRIDE,
        "smoothing": SmoothingFilter(filter="median", kernel=KERNEL),
        "visual": FaceStream(
            stream="embedding",
            size=FACE_SIZE,
            bundle=bundle.manifest.name,
            version=bundle.manifest.version,
            face_sha256=face.files[0].sha256,
        ),
        "sound": SoundStream(
            network="tiny",
            size=SOUND_SIZE,
            sample_rate_hz=16_000,
            normalised=False,
            token_hop=HOP,
            token_reach=REACH,
            chunk_s=2.0,
            overlap_s=0.5,
        ),
        "frame_rates": FrameRates(low_hz=9.0, high_hz=30.0),
        "files": HeadFiles(listener=_described(listener), head=_described(head)),
        "licence": "test",
    }
    return AudioVisualManifest(**{**values, **changed})


def head_folder(folder: Path, *, listener: bytes = b"", head: bytes = b"", **changed: Any) -> Path:
    """changed: fields of the manifest."""
    listener, head = listener or listener_model(), head or head_model()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LISTENER_NAME).write_bytes(listener)
    (folder / HEAD_NAME).write_bytes(head)
    (folder / MANIFEST_NAME).write_text(yaml_text(head_manifest(listener, head, **changed)))
    return folder


def _described(content: bytes) -> HeadFile:
    return HeadFile(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _onnx() -> Any:
    onnx = pytest.importorskip("onnx", reason="no onnx: install the extra quantize")
    pytest.importorskip("onnxruntime", reason="no onnxruntime: install the extra onnx")
    return onnx


def _value(name: str, shape: tuple[int | str, ...], kind: int | None = None) -> Any:
    onnx = _onnx()
    return onnx.helper.make_tensor_value_info(name, kind or onnx.TensorProto.FLOAT, shape)


def _model(nodes: list[Any], given: list[Any], told: list[Any], constants: dict[str, Any]) -> bytes:
    onnx = _onnx()
    held = [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = onnx.helper.make_graph(nodes, "tiny", given, told, held)
    imports = [onnx.helper.make_opsetid("", 18)]
    model = onnx.helper.make_model(graph, opset_imports=imports, ir_version=10)
    return bytes(model.SerializeToString())
