"""Which files are made of one part: a float and an int8 file for each runtime, and one more where a device needs it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import InstructionSet
from edge_app.inference.runtimes import Precision, Provider, RuntimeName

_SUFFIX = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".xml"}
# Processors on which sums of two products of bytes do not saturate.
_WIDE_SUMS: tuple[InstructionSet, ...] = ("avx_vnni", "avx512_vnni", "asimddp")


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file to be made."""

    runtime: RuntimeName
    precision: Precision
    weight_bits: int | None = None
    instruction_sets: tuple[InstructionSet, ...] = ()
    providers: tuple[Provider, ...] = ("cpu",)
    tag: str = ""  # tells files of the same runtime and precision apart

    def name(self, part: PartName) -> str:
        tag = f"-{self.tag}" if self.tag else ""
        return f"{part}-{self.precision}{tag}{_SUFFIX[self.runtime]}"


_USUAL = (
    FilePlan("onnx", "float32"),
    FilePlan("onnx", "int8", weight_bits=7),
    FilePlan("litert", "float32"),
    FilePlan("litert", "int8", weight_bits=8),
    FilePlan("openvino", "float32"),
    FilePlan("openvino", "int8", weight_bits=7),
)
_EIGHT_BITS = FilePlan("onnx", "int8", weight_bits=8, instruction_sets=_WIDE_SUMS, tag="8bit")
_TENSORRT = FilePlan("onnx", "int8", weight_bits=8, providers=("tensorrt",), tag="tensorrt")


def planned(
    runtimes: Collection[RuntimeName], *, eight_bits: bool = False, tensorrt: bool = False
) -> list[FilePlan]:
    """eight_bits: a file with all 8 bits for processors that do not saturate; tensorrt: one for NVIDIA's engine."""
    plans = [plan for plan in _USUAL if plan.runtime in runtimes]
    if "onnx" in runtimes:
        plans += [_EIGHT_BITS] * eight_bits + [_TENSORRT] * tensorrt
    return plans
