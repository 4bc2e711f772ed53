"""One process under measurement: started pinned to one core, told a block of frames at a time, heard as JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.clips import Block
from benchmarks.machine import PROJECT

# Whatever a library spawns, it gets one thread, as the core it is pinned to is one.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "GLOG_minloglevel": "2",
}


class WorkerFailedError(Exception):
    """The worker has died or never started; the message is its last line."""


class WorkerLink:
    """Speaks to `benchmarks/vigil_worker.py` or `benchmarks/mediapipe_worker.py`.

    Blocks go over a file of raw pixels, of which the worker holds one frame at a time, so that its peak memory is
    its own and not the benchmark's.
    """

    def __init__(self, name: str, command: Sequence[str], *, core: int, folder: Path) -> None:
        self._pixels = folder / "block.raw"
        self._log = (folder / f"{name}.log").open("w+b")
        started_s = time.perf_counter()
        self._process = subprocess.Popen(
            [*command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=PROJECT,
            env={**os.environ, **_ONE_THREAD},
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self.ready = self._hear()
        self.start_s = time.perf_counter() - started_s

    def measure(self, block: Block) -> dict[str, Any]:
        """The worker's answer to one block: `ms` per frame, what it saw, and its peak memory so far."""
        self._pixels.write_bytes(block.frames.data)
        try:
            return self._ask(
                {
                    "path": str(self._pixels),
                    "shape": block.frames.shape[1:],
                    "t_s": block.t_s,
                }
            )
        finally:
            self._pixels.unlink()

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _ask(self, question: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").strip().splitlines() or ["no word"]
            raise WorkerFailedError(lines[-1])
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def __enter__(self) -> WorkerLink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
