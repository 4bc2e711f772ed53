"""How fast clip teachers are: `python -m benchmarks.clip_networks`, on the GPU where there is one.

3D-Xception (paper 1), X3D-M and 3D-ResNet-18 in one run, in turns: clips/s of inference and of a training step, and the
largest memory, at each clip shape; then which memory format is the quicker for each shape of depthwise kernel, forward
and backward apart. `--quick` takes the smallest shape alone. Needs torch.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine

SHAPES = ((16, 112), (16, 160), (16, 299))
NETWORKS = ("xception3d", "x3d-m", "resnet3d-18")
PAPER_MS = "12 to 20 ms a clip on an RTX A6000, batch not stated"  # paper 1, table 1


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def _ratio(one: dict[str, object], own: dict[str, object] | None, name: str) -> str:
    return "-" if own is None else f"{one[name] / own[name]:.2f}"  # type: ignore[operator]


def _speed_table(timed: Sequence[dict[str, object]]) -> str:
    heads = (
        "network",
        "clip",
        "MACs",
        "parameters",
        "inference clips/s",
        "of xception3d",
        "ms of one clip alone",
        "training clips/s",
        "of xception3d",
        "memory of training, MiB",
    )
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for one in timed:
        own = next(
            (o for o in timed if o["shape"] == one["shape"] and o["network"] == NETWORKS[0]), None
        )
        cells = [
            f"{one['frames']} x {one['side_px']} px",
            f"{one['macs'] / 1e9:.1f} G",  # type: ignore[operator]
            f"{one['parameters'] / 1e6:.2f} M",  # type: ignore[operator]
            f"{one['inference_clips_s']:.3g}",
            _ratio(one, own, "inference_clips_s"),
            f"{one['single_ms']:.3g}",
            f"{one['training_clips_s']:.3g}",
            _ratio(one, own, "training_clips_s"),
            f"{one['training_mib']:.0f}" if one["training_mib"] is not None else "-",
        ]
        lines.append(_row(str(one["network"]), cells))
    return "\n".join(lines)


def _layout_table(layouts: Sequence[dict[str, object]]) -> str:
    heads = (
        "depthwise kernel on",
        "stride",
        "contiguous: forward, backward ms",
        "channels last: forward, backward ms",
        "quicker forward, backward",
    )
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for one in layouts:
        cells = [
            str(one["stride"]),
            f"{one['contiguous_forward_ms']:.3g}, {one['contiguous_backward_ms']:.3g}",
            f"{one['channels_last_forward_ms']:.3g}, {one['channels_last_backward_ms']:.3g}",
            f"{one['quicker_forward']}, {one['quicker_backward']}",
        ]
        lines.append(_row(str(one["shape"]), cells))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clip_networks", description=__doc__)
    parser.add_argument("--batch", type=int, default=None, help="clips at once (GPU 16, CPU 1)")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--quick", action="store_true", help="16 frames of 112 px alone")
    parser.add_argument("--rounds", type=int, default=None, help="turns of each network")
    parser.add_argument("--threads", type=int, default=None, help="of the CPU; all without it")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(arguments)
    try:
        from benchmarks.clip_timing import Timing, depthwise_layouts, device_name, time_networks
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"error: clip networks need the package {error.name}: pip install 'vigil-driver-monitoring[train]'\n"
        )
        return 2
    timing = Timing.here(options.batch, options.rounds, options.threads)
    shapes = SHAPES[:1] if options.quick else SHAPES
    print(f"{device_name()}; batch {timing.batch}; paper 1: {PAPER_MS}\n", flush=True)
    timed = time_networks(options.networks, shapes, timing)
    print(_speed_table(timed) + "\n", flush=True)
    layouts = depthwise_layouts(shapes, timing)
    print(_layout_table(layouts))
    machine = {**describe_machine(), "device": device_name()}
    print("\n" + json.dumps(machine))
    if options.json:
        told = {"machine": machine, "networks": timed, "layouts": layouts}
        options.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
