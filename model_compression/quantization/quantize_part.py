"""One part in all its files: exported float, quantized, run, compared with the student, its operators counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.bundle.heads import KNOWN_HEADS
from edge_app.bundle.manifest import BundleFile, Companion, PartInput, PartOutput
from edge_app.errors import UserError
from edge_app.inference.runtimes import open_session
from edge_app.inference.session import ModelContent, Session, Signature
from model_compression.export.optional_package import needed
from model_compression.export.part_model import PartModel
from model_compression.export.quantized_folder import MadeFile, QuantizedPart, sha256_of
from model_compression.export.to_litert import to_litert
from model_compression.export.to_onnx import to_onnx
from model_compression.export.to_openvino import to_openvino
from model_compression.quantization.file_plan import FilePlan
from model_compression.quantization.litert_static import quantize_litert
from model_compression.quantization.onnx_static import (
    float_layers_meant,
    layers_with_float_weights,
    quantize_onnx,
)
from model_compression.quantization.openvino_nncf import quantize_openvino
from model_compression.quantization.ops import CONVERSION, float_layers, operators_of

Floats = NDArray[np.float32]
Progress = Callable[[str], None]

_MOST_FLOAT_ERROR = 1e-3  # of an output's deviation over the pictures
_COMPARED = 8  # pictures


@dataclass(frozen=True, slots=True)
class Source:
    """float_part: as trained; int8_part: the same, or fine-tuned for its rounding."""

    float_part: PartModel
    int8_part: PartModel
    name: str
    sha256: str
    follows: str = ""  # SHA-256 of the face part's file, of the part temporal


def quantize_part(
    source: Source,
    plans: Sequence[FilePlan],
    samples: Sequence[Floats],
    folder: Path,
    progress: Progress,
) -> QuantizedPart:
    """Write the files of `plans` into `folder`. samples: inputs that stand for all.

    Raises `UserError` where a float file differs from the student, or an int8 file has a float island.
    """
    onnx = needed("onnx")
    part = source.float_part
    expected = _expected(part, samples[:_COMPARED])
    scratch = folder / ".scratch"
    scratch.mkdir()
    graphs = _Graphs(scratch, source, progress)
    meant = float_layers_meant(onnx.load(str(graphs.onnx(quantizable=False))))
    made = []
    for plan in plans:
        path = folder / plan.name(part.part)
        progress(f"{path.name}: {plan.runtime}")
        _make(plan, path, graphs, samples)
        error = _largest_error(plan, path, part, samples[:_COMPARED], expected)
        if plan.precision == "float32" and not error <= _MOST_FLOAT_ERROR:
            raise UserError(
                f"{path.name}: the exported file differs from the student by {error:.2g} of an"
                f" output's deviation, at most {_MOST_FLOAT_ERROR:g} is rounding; please report it."
            )
        operators = operators_of(path, plan.runtime)
        in_float = float_layers(operators)
        if "cpu" not in plan.providers:  # what the CPU makes of it says nothing of the GPU
            in_float = layers_with_float_weights(onnx.load(str(path)))
        if plan.precision == "int8" and in_float > meant:
            islands = ", ".join(f"{o.name} ×{o.count}" for o in operators if o.precision[0] == "f")
            raise UserError(
                f"{path.name}: {in_float} layers run in float where only {meant} should"
                f" ({islands}); please report it."
            )
        counts: dict[str, int] = {}
        for o in operators:
            key = o.name if o.precision == CONVERSION else f"{o.name} {o.precision}"
            counts[key] = counts.get(key, 0) + o.count
        made.append(
            MadeFile(
                file=_described(plan, path),
                largest_error=error,
                operators=counts,
                float_layers=in_float,
            )
        )
    graphs.clear()
    return QuantizedPart(
        part=part.part,
        student=source.name,
        student_sha256=source.sha256,
        float_layers_meant=meant,
        input=PartInput(name=part.input_name, shape=part.input_shape),
        outputs={
            name: PartOutput(shape=shape, meaning=KNOWN_HEADS[name].meaning)
            for name, shape in part.outputs.items()
        },
        files=tuple(made),
        rate_hz=part.rate_hz,
        classes=part.classes,
        follows=source.follows,
    )


class _Graphs:
    """The float graphs from which files are made, each exported once."""

    def __init__(self, scratch: Path, source: Source, progress: Progress) -> None:
        self._scratch, self._source, self._progress = scratch, source, progress
        self.recurrent = source.float_part.part == "temporal"

    def onnx(self, *, quantizable: bool) -> Path:
        return self._exported("onnx", quantizable)

    def litert(self, *, quantizable: bool) -> Path:
        return self._exported("tflite", quantizable)

    def clear(self) -> None:
        for path in self._scratch.iterdir():
            path.unlink()
        self._scratch.rmdir()

    def _exported(self, kind: str, quantizable: bool) -> Path:
        tuned = self._source.int8_part is not self._source.float_part
        path = self._scratch / f"{'tuned' if quantizable and tuned else 'float'}.{kind}"
        if not path.is_file():
            self._progress(f"{self._source.float_part.part}: export to {kind}")
            part = self._source.int8_part if quantizable else self._source.float_part
            (to_onnx if kind == "onnx" else to_litert)(part, path)
        return path


def _make(plan: FilePlan, path: Path, graphs: _Graphs, samples: Sequence[Floats]) -> None:
    quantizable, recurrent = plan.precision == "int8", graphs.recurrent
    if plan.runtime == "litert":
        source = graphs.litert(quantizable=quantizable)
        if quantizable:
            quantize_litert(source, path, samples, recurrent=recurrent)
        else:
            path.write_bytes(source.read_bytes())
        return
    source = graphs.onnx(quantizable=quantizable)
    if plan.runtime == "openvino":
        if quantizable:
            quantize_openvino(source, path, samples, recurrent=recurrent)
        else:
            to_openvino(source, path)
    elif quantizable:
        symmetric = "tensorrt" in plan.providers
        quantize_onnx(
            source,
            path,
            samples,
            weight_bits=plan.weight_bits or 8,
            symmetric=symmetric,
            recurrent=recurrent,
        )
    else:
        path.write_bytes(source.read_bytes())


def _expected(part: PartModel, samples: Sequence[Floats]) -> dict[str, Floats]:
    """The student's outputs, (N, ...) each."""
    given = [part.run(torch.from_numpy(sample)) for sample in samples]
    return {name: np.stack([outputs[name].numpy() for outputs in given]) for name in part.outputs}


def _largest_error(
    plan: FilePlan,
    path: Path,
    part: PartModel,
    samples: Sequence[Floats],
    expected: dict[str, Floats],
) -> float:
    session = opened(plan, path, part)
    given = [session.run({part.input_name: sample}) for sample in samples]
    errors = [
        float(np.abs(np.stack([outputs[name] for outputs in given]) - wanted).max())
        / max(float(wanted.std()), 1e-3)
        for name, wanted in expected.items()
    ]
    return max(errors)


def opened(plan: FilePlan, path: Path, part: PartModel) -> Session:
    """The file as the vehicle would load it, on the CPU."""
    weights = path.with_suffix(".bin")
    content = ModelContent(
        str(path), path.read_bytes(), weights.read_bytes() if plan.runtime == "openvino" else b""
    )
    names = {name: name for name in part.outputs}
    signature = Signature({part.input_name: part.input_name}, names)
    return open_session(plan.runtime, content, signature, threads=1, precision=plan.precision)


def _described(plan: FilePlan, path: Path) -> BundleFile:
    companions = [path.with_suffix(".bin")] if plan.runtime == "openvino" else []
    return BundleFile(
        path=path.name,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        runtime=plan.runtime,
        precision=plan.precision,
        weight_bits=plan.weight_bits,
        gate="not-run",
        instruction_sets=plan.instruction_sets,
        providers=plan.providers,
        companions=tuple(
            Companion(path=c.name, sha256=sha256_of(c), bytes=c.stat().st_size) for c in companions
        ),
    )
