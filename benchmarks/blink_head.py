"""How long the built-in head on blinks takes for one blink, one thread, by runtime.

python -m benchmarks.blink_head [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np

from edge_app.blink_head.head import BlinkHead
from edge_app.bundle.open import BUILT_IN_NAME, open_bundle
from edge_app.bundle.sessions import open_file
from edge_app.inference.runtimes import installed_runtimes
from model_compression.evaluation.surroundings import surroundings

_WARM_UP, _STEPS = 300, 3000


def blink_ms(head: BlinkHead, steps: int = _STEPS) -> list[float]:
    """Of each step, of 30 blinks."""
    random = np.random.default_rng(0)
    rows = [(float(a), float(d), float(v)) for a, d, v in random.normal(0.0, 1.0, (30, 3))]
    for _ in range(_WARM_UP):
        head.step(rows)
    took = []
    for _ in range(steps):
        began_s = time.perf_counter()
        head.step(rows)
        took.append(1000 * (time.perf_counter() - began_s))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    bundle = open_bundle(BUILT_IN_NAME)
    figures = {}
    print("| runtime | median ms | 95th percentile ms |\n|---|---|---|")
    for file in bundle.part("blinks").files:
        if file.runtime in installed_runtimes():
            took = blink_ms(BlinkHead(open_file(bundle, "blinks", file)))
            median, tail = statistics.median(took), float(np.percentile(took, 95))
            figures[file.runtime] = {"median_ms": round(median, 4), "p95_ms": round(tail, 4)}
            print(f"| {file.runtime} {file.precision} | {median:.3f} | {tail:.3f} |")
    if given.json is not None:
        told = {"machine": surroundings(), "ms": figures}
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
