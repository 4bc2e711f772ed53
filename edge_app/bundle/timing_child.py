"""The process that times candidates: loads each, runs it for a moment, and tells the median, one JSON line each.

Started by `timing.py` as `python -m edge_app.bundle.timing_child ANSWER_FD TASK`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.open import Bundle, open_bundle
from edge_app.bundle.sessions import open_file, trial_input
from edge_app.errors import UserError
from edge_app.inference.session import Session

_WARM_UP_S = 0.05
_MEASURE_S = 0.25
_FEWEST_RUNS = 5
_LONGEST_PROBLEM = 300


def main(arguments: list[str]) -> None:
    answer_fd, task = int(arguments[0]), json.loads(arguments[1])
    bundle = open_bundle(Path(task["folder"]), require=())
    for part, path, provider in task["candidates"]:
        try:
            ms, problem = _median_ms(bundle, part, path, provider, task["threads"]), ""
        except UserError as error:
            ms, problem = None, " ".join(str(error).split())[:_LONGEST_PROBLEM]
        os.write(answer_fd, json.dumps({"ms": ms, "problem": problem}).encode() + b"\n")


def _median_ms(bundle: Bundle, part: Any, path: str, provider: Any, threads: int) -> float:
    session = open_file(bundle, part, bundle.file(part, path), threads=threads, provider=provider)
    described = bundle.part(part)
    inputs = {described.input.name: trial_input(described)}
    _runs_ms(session, inputs, _WARM_UP_S)
    return statistics.median(_runs_ms(session, inputs, _MEASURE_S))


def _runs_ms(session: Session, inputs: dict[str, NDArray[np.float32]], for_s: float) -> list[float]:
    end_s = time.perf_counter() + for_s
    took_ms: list[float] = []
    began_s = time.perf_counter()
    while began_s < end_s or len(took_ms) < _FEWEST_RUNS:
        session.run(inputs)
        ended_s = time.perf_counter()
        took_ms.append((ended_s - began_s) * 1000)
        began_s = ended_s
    return took_ms


if __name__ == "__main__":
    main(sys.argv[1:])
