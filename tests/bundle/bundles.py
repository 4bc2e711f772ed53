"""A whole bundle for a test: its manifest as plain values, and as a folder of tiny models that really run."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from edge_app.bundle.heads import BLINK_HEADS, KNOWN_HEADS, VEHICLE_HEADS
from edge_app.bundle.open import open_bundle
from tests.inference import tiny_models

LABELS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
_CHOSEN_SHAPES: dict[str, tuple[int, ...]] = {
    "heat": (1, 1, 24, 24),
    "box": (1, 4, 24, 24),
    "points": (1, 10, 24, 24),
    "expression": (1, 7),
}
MEMORY = 4
TEMPORAL_CLASSES = {
    "drowsiness": ["alert", "drowsy"],
    "intoxication": ["sober", "tipsy", "drunk"],
    "expression_over_time": LABELS,
}
_INPUTS: dict[str, dict[str, Any]] = {
    "detector": {"name": "image", "shape": [1, 1, 192, 192]},
    "face": {"name": "face", "shape": [1, 1, 112, 112]},
    "eyes": {"name": "eyes", "shape": [2, 1, 48, 64]},
    "expression": {"name": "face", "shape": [1, 1, 112, 112]},
}


def manifest_values(**changes: Any) -> dict[str, Any]:
    """A whole bundle.yaml, of LiteRT files that need not exist."""
    parts: dict[str, Any] = {}
    heads: dict[str, Any] = {}
    for name in (*VEHICLE_HEADS, "embedding", "expression"):
        known = KNOWN_HEADS[name]
        heads[name] = {"part": known.part, "unit": known.unit, "validated": "none"}
        file = file_values(f"{known.part}.tflite", b"?")
        part = parts.setdefault(
            known.part, {"input": _INPUTS[known.part], "outputs": {}, "files": [file]}
        )
        shape = _CHOSEN_SHAPES.get(name, known.shape)
        part["outputs"][name] = {"shape": list(shape), "meaning": known.meaning}
    values: dict[str, Any] = {
        "format": 1,
        "name": "tiny",
        "version": "1.0.0",
        "created": "2026-11-20",
        "parts": parts,
        "heads": heads,
        "preprocessing": {},
        "expression_labels": LABELS,
    }
    return {**values, **changes}


def with_temporal(**changes: Any) -> dict[str, Any]:
    """`parts` and `heads` of a bundle that has the part `temporal` too; `changes` are made to that part."""
    values = manifest_values()
    outputs = {name: (1, len(names)) for name, names in TEMPORAL_CLASSES.items()}
    outputs["memory"] = (1, MEMORY)
    for name in outputs:
        head: dict[str, Any] = {"part": "temporal", "unit": KNOWN_HEADS[name].unit}
        head["validated"] = "on 7 drives of one person" if name == "intoxication" else "none"
        values["heads"][name] = {**head, "order": TEMPORAL_CLASSES.get(name, [])}
    values["parts"]["temporal"] = {
        "input": {"name": "step", "shape": [1, 256 + MEMORY]},
        "outputs": {
            name: {"shape": list(shape), "meaning": KNOWN_HEADS[name].meaning}
            for name, shape in outputs.items()
        },
        "files": [file_values("temporal.tflite", b"?")],
        "rate_hz": 4.0,
        **changes,
    }
    return {"parts": values["parts"], "heads": values["heads"]}


def with_blinks(**changes: Any) -> dict[str, Any]:
    """`parts` and `heads` of a bundle that has the part `blinks` too; `changes` are made to that part."""
    values = manifest_values()
    outputs = {name: KNOWN_HEADS[name] for name in BLINK_HEADS}
    for name, known in outputs.items():
        head = {"part": "blinks", "unit": known.unit, "order": list(known.order)}
        values["heads"][name] = {**head, "validated": "on made blinks"}
    values["parts"]["blinks"] = {
        "input": {"name": "blinks", "shape": [1, 30, 4]},
        "outputs": {
            name: {"shape": list(known.shape), "meaning": known.meaning}
            for name, known in outputs.items()
        },
        "files": [file_values("blinks.tflite", b"?")],
        **changes,
    }
    return {"parts": values["parts"], "heads": values["heads"]}


def file_values(path: str, content: bytes, **changes: Any) -> dict[str, Any]:
    values = {
        "path": path,
        "runtime": "litert",
        "precision": "float32",
        "gate": "passed",
        **described(content),
    }
    return {**values, **changes}


def described(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def write_bundle(
    folder: Path,
    runtimes: Sequence[str] = ("litert",),
    precisions: Sequence[str] = ("float32",),
    **changes: Any,
) -> dict[str, Any]:
    """Models of each runtime for each part, the manifest and the card; returns the manifest's values.

    The precision is a word here: all files of a part say the same.
    """
    values = manifest_values(**changes)
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in values["parts"].items():
        part["files"] = [
            _write_model(folder, f"{name}-{precision}", runtime, precision, part)
            for runtime in runtimes
            for precision in precisions
        ]
    (folder / "card.md").write_text("# Made for a test\n")
    write_manifest(folder, values)
    return values


def write_manifest(folder: Path, values: dict[str, Any]) -> None:
    (folder / "bundle.yaml").write_text(yaml.safe_dump(values, sort_keys=False))


def _write_model(
    folder: Path, stem: str, runtime: str, precision: str, part: dict[str, Any]
) -> dict[str, Any]:
    name, shape = part["input"]["name"], tuple(part["input"]["shape"])
    outputs = {output: tuple(entry["shape"]) for output, entry in part["outputs"].items()}
    companions = []
    if runtime == "litert":
        path, content = f"{stem}.tflite", tiny_models.litert_model(name, shape, outputs)
    elif runtime == "onnx":
        path, content = f"{stem}.onnx", tiny_models.onnx_model(name, shape, outputs)
    else:
        path = f"{stem}.xml"
        content, weights = tiny_models.openvino_model(name, shape, outputs)
        companions = [{"path": f"{stem}.bin", **described(weights)}]
        (folder / f"{stem}.bin").write_bytes(weights)
    (folder / path).write_bytes(content)
    return file_values(path, content, runtime=runtime, precision=precision, companions=companions)


def in_use() -> str:
    return open_bundle("tiny").title


def packed(folder: Path, mode: str = "w") -> Path:
    path = folder.with_suffix(".tar")
    with tarfile.open(path, mode) as tar:
        tar.add(folder, arcname=folder.name)
    return path
