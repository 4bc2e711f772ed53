"""How fast the clip transformer learns: `python -m benchmarks.clip_vit`, on the GPU where there is one.

Masked pre-training at 16 frames of 160 px (paper 3): clips/s of whole training steps, fed with bytes that lie in
memory, and the share of the machine's peak that this is. Then a fine-tuning step with experts against the plain
transformer's, in turns, as a ratio. bfloat16 on a GPU, float32 on a CPU. Needs torch.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.with_torch import run_with_torch, write_table

# Dense bfloat16 of the makers' data sheets, TFLOP/s.
PEAKS = {"H200": 989.0, "H100": 989.0, "A100": 312.0, "L4": 121.0, "RTX A6000": 155.0}


def known_peak(device_name: str) -> float | None:
    return next((peak for name, peak in PEAKS.items() if name in device_name), None)


def _table(pretraining: Mapping[str, Any], fine_tuning: Sequence[Mapping[str, Any]]) -> str:
    told = pretraining
    share = "not known: give --peak-tflops" if told["mfu"] is None else f"{told['mfu']:.1%}"
    peak = "" if told["mfu"] is None else f" of {told['peak_tflops']:g} TFLOP/s"
    lines = [
        "| pre-training of clip-vit-mae | |",
        "|---|---|",
        f"| clip | {told['frames']} x {told['side_px']} px, {told['seen']} of {told['tokens']} tokens seen |",
        f"| parameters | {told['parameters'] / 1e6:.1f} M |",
        f"| clips/s | {told['clips_s']:.3g} (batch {told['batch']}, slowest {told['slowest_clips_s']:.3g}) |",
        f"| forward and backward of a clip | {told['flops_a_clip'] / 1e9:.1f} GFLOP, as torch counts |",
        f"| reached | {told['tflops']:.3g} TFLOP/s |",
        f"| MFU | {share}{peak} |",
        f"| memory | {_mib(told['memory_mib'])} |",
        "",
        "| fine-tuning of clip-vit | parameters | step, ms | of the plain one (least, most) | clips/s | memory |",
        "|---|---|---|---|---|---|",
    ]
    for row in fine_tuning:
        ratio = f"{row['ratio']:.3f} ({row['least_ratio']:.3f}, {row['most_ratio']:.3f})"
        lines.append(
            f"| experts: {row['experts']} | {row['parameters'] / 1e6:.1f} M | {row['step_ms']:.4g} | {ratio} |"
            f" {row['clips_s']:.3g} | {_mib(row['memory_mib'])} |"
        )
    return "\n".join(lines)


def _mib(memory: float | None) -> str:
    return "-" if memory is None else f"{memory:.0f} MiB"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clip_vit", description=__doc__)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--size", choices=("b", "s", "ti"), default="b")
    parser.add_argument("--batch", type=int, help="clips in pre-training (GPU 192, CPU 2)")
    parser.add_argument("--tuned", type=int, help="clips in fine-tuning (GPU 16, CPU 1)")
    parser.add_argument("--experts", nargs="+", choices=("adapter", "ffn"), default=["adapter"])
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--side", type=int, default=160, help="px")
    parser.add_argument("--masked", type=float, default=0.95, help="share of the tokens")
    parser.add_argument("--rounds", type=int, help="turns of each (GPU 30, CPU 5)")
    parser.add_argument("--threads", type=int, help="of the CPU; all without it")
    parser.add_argument("--peak-tflops", type=float, help="of the device, for the MFU")
    parser.add_argument("--json", type=Path, default=Path("clip-vit.json"), help="figures go here")
    options = parser.parse_args(arguments)

    def work() -> None:
        from benchmarks.clip_timing import device_name
        from benchmarks.vit_timing import Shape, time_fine_tuning, time_pretraining, timing_on

        timing = timing_on(options.device, options.rounds)
        on_gpu = timing.device.type == "cuda"
        name = device_name() if on_gpu else "CPU"
        peak = options.peak_tflops or (known_peak(name) if on_gpu else None)
        shape = Shape(options.size, options.frames, options.side)
        pretraining = time_pretraining(
            shape,
            timing,
            batch=options.batch or (192 if on_gpu else 2),
            masked=options.masked,
            peak_tflops=peak,
        )
        fine_tuning = time_fine_tuning(
            shape, timing, batch=options.tuned or (16 if on_gpu else 1), experts=options.experts
        )
        write_table(
            options.json,
            f"{name}, size {shape.size}\n\n{_table(pretraining, fine_tuning)}",
            device=name,
            size=shape.size,
            pretraining=pretraining,
            fine_tuning=fine_tuning,
        )

    return run_with_torch("the clip transformer", work, options.threads)


if __name__ == "__main__":
    sys.exit(main())
