"""How fast each face student is: `python -m benchmarks.face_students`, one thread of ONNX Runtime, in turns.

float32 and int8 (7-bit weights) of freshly made students: how long a forward pass takes does not hang on the weights.
`--quick` leaves int8 out. Needs torch, onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import percentile
from benchmarks.with_torch import run_with_torch, write_table
from edge_app.errors import UserError

_WARM_UP, _TURN = 5, 5  # forward passes
_HEADS = ("network", "picture", "parameters", "MACs", "float32 ms", "int8 ms")


def _made(name: str, folder: Path, *, int8: bool) -> dict[str, Any]:
    import torch

    from model_compression.export.part_model import part_model
    from model_compression.export.to_onnx import to_onnx
    from model_compression.quantization.onnx_static import quantize_onnx
    from model_compression.students import create_student

    torch.manual_seed(0)
    student = create_student(name).eval()
    part = part_model(student, "face")
    files = {"float32": folder / f"{name}.onnx"}
    to_onnx(part, files["float32"])
    if int8:
        files["int8"] = folder / f"{name}-int8.onnx"
        samples = [part.example(seed).numpy() for seed in range(4)]
        quantize_onnx(files["float32"], files["int8"], samples)
    counter = torch.utils.flop_counter.FlopCounterMode(display=False)
    with counter, torch.no_grad():
        part.model(part.example())
    return {
        "network": name,
        "side_px": part.input_shape[-1],
        "parameters": sum(weights.numel() for weights in student.parameters()),
        "macs": counter.get_total_flops() // 2,
        "files": files,
        "given": {part.input_name: part.example().numpy()},
    }


def _take_turns(made: Sequence[dict[str, Any]], turns: int) -> None:
    """Adds `ms`: the forward passes of each file."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = {
        (one["network"], kind): InferenceSession(path, options, providers=["CPUExecutionProvider"])
        for one in made
        for kind, path in one.pop("files").items()
    }
    passes: dict[tuple[str, str], list[float]] = {key: [] for key in sessions}
    given = {one["network"]: one.pop("given") for one in made}
    for (network, _), session in sessions.items():
        for _ in range(_WARM_UP):
            session.run(None, given[network])
    for _ in range(turns):
        for key, session in sessions.items():
            for _ in range(_TURN):
                begun_s = time.perf_counter()
                session.run(None, given[key[0]])
                passes[key].append(1e3 * (time.perf_counter() - begun_s))
    for one in made:
        one["ms"] = {
            kind: ms for (network, kind), ms in passes.items() if network == one["network"]
        }


def _table(made: Sequence[dict[str, Any]]) -> str:
    lines = ["| " + " | ".join(_HEADS) + " |", "|" + "---|" * len(_HEADS)]
    for one in made:
        cells = [
            one["network"],
            f"{one['side_px']} px",
            f"{one['parameters'] / 1e6:.2f} M",
            f"{one['macs'] / 1e9:.3f} G",
            *(_spread(one["ms"].get(kind)) for kind in ("float32", "int8")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _spread(ms: list[float] | None) -> str:
    if ms is None:
        return "-"
    return f"{median(ms):.2f} ({percentile(ms, 10):.2f} to {percentile(ms, 90):.2f})"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.face_students", description=__doc__)
    parser.add_argument("--students", nargs="+", help="by name; all without it")
    parser.add_argument("--turns", type=int, default=20, help="of five forward passes each")
    parser.add_argument("--quick", action="store_true", help="float32 alone")
    parser.add_argument("--json", type=Path, default=Path("build/face-students.json"))
    options = parser.parse_args(arguments)

    def work() -> None:
        from model_compression.students.create import FACE_STUDENTS

        names = options.students or list(FACE_STUDENTS)
        for name in names:
            if name not in FACE_STUDENTS:
                raise UserError(
                    f"--students: {name} is no face student; known are {', '.join(FACE_STUDENTS)}."
                )
        with tempfile.TemporaryDirectory() as folder:
            made = [_made(name, Path(folder), int8=not options.quick) for name in names]
            _take_turns(made, options.turns)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        write_table(options.json, _table(made), students=made)

    return run_with_torch("timing students", work, 1)


if __name__ == "__main__":
    sys.exit(main())
