"""How long each candidate takes on this machine, measured in child processes and remembered.

A child takes the runtime's memory with it when it ends, can be stopped when a GPU takes too long to build its
engine, and may die of an instruction that this processor lacks.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from io import FileIO

from edge_app.bundle.open import Bundle
from edge_app.inference.choice import Candidate, Timing
from edge_app.inference.cpu import this_cpu
from edge_app.inference.runtimes import Provider, RuntimeName, installed_runtimes
from edge_app.inference.timing_memory import TimingMemory

_log = logging.getLogger(__name__)
# From one answer to the next, start of the process and loading included.
_PATIENCE_S: dict[Provider, float] = {"cpu": 30.0, "cuda": 60.0, "tensorrt": 120.0}


def remembered_or_timed(
    bundle: Bundle,
    candidates: Sequence[Candidate],
    *,
    threads: int,
    memory: TimingMemory,
    retry: bool = False,
) -> dict[Candidate, Timing]:
    """A timing for each candidate. retry: those whose last timing failed are tried again."""
    keys = {candidate: _key(bundle, candidate, threads) for candidate in candidates}
    recalled = memory.recall()
    timings = {c: recalled[key] for c, key in keys.items() if key in recalled}
    missing = [
        candidate
        for candidate in candidates
        if candidate not in timings or (retry and timings[candidate].ms is None)
    ]
    fresh = timed(bundle, missing, threads=threads)
    if fresh:
        memory.keep({keys[candidate]: timing for candidate, timing in fresh.items()})
    return {**timings, **fresh}


def timed(
    bundle: Bundle, candidates: Sequence[Candidate], *, threads: int
) -> dict[Candidate, Timing]:
    """Each candidate's timing, now. One process for each runtime; another where one does not come back.

    Raises `BundleError` where a file is damaged: what cannot be loaded for that reason is not merely slow.
    """
    for candidate in candidates:
        bundle.content(bundle.file(candidate.part, candidate.path))
    if candidates:
        _log.info(
            "timing %d model files of %s, once on this machine", len(candidates), bundle.title
        )
    timings: dict[Candidate, Timing] = {}
    for runtime in dict.fromkeys(candidate.runtime for candidate in candidates):
        left = _in_order(candidates, runtime)
        while left:
            answers = _ask(bundle, left, threads)
            timings |= dict(zip(left, answers, strict=False))
            left = left[len(answers) :]
    return timings


def _in_order(candidates: Sequence[Candidate], runtime: RuntimeName) -> list[Candidate]:
    """The devices that may take long come last."""
    own = [candidate for candidate in candidates if candidate.runtime == runtime]
    return sorted(own, key=lambda candidate: list(_PATIENCE_S).index(candidate.provider))


def _ask(bundle: Bundle, candidates: Sequence[Candidate], threads: int) -> list[Timing]:
    """Timings of the first candidates, at least of one: a candidate that ends the process is the last."""
    task = {
        "folder": str(bundle.folder.absolute()),
        "threads": threads,
        "candidates": [[c.part, c.path, c.provider] for c in candidates],
    }
    reader_fd, writer_fd = os.pipe()
    command = [sys.executable, "-m", "edge_app.bundle.timing_child", str(writer_fd)]
    with os.fdopen(reader_fd, "rb", buffering=0) as reader:
        try:
            process = subprocess.Popen(
                [*command, json.dumps(task)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(writer_fd,),
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        except OSError as error:
            return [Timing(None, f"cannot be timed ({error.strerror})")] * len(candidates)
        finally:
            os.close(writer_fd)
        answers = []
        try:
            for candidate in candidates:
                line = _line(reader, _PATIENCE_S[candidate.provider])
                answers.append(_timing(line) if line else Timing(None, _silence(process, line)))
                if not line:
                    break
        finally:
            process.kill()
            process.wait()
        return answers


def _line(reader: FileIO, patience_s: float) -> bytes | None:
    """The next answer; empty when the process has ended, None when it takes too long."""
    line = b""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while not line.endswith(b"\n"):
        if not poll.poll(patience_s * 1000):
            return None
        byte = reader.read(1)  # a line is some fifty bytes, and what follows belongs to the next
        if not byte:
            return b""
        line += byte
    return line


def _timing(line: bytes) -> Timing:
    answer = json.loads(line)
    return Timing(answer["ms"], answer["problem"])


def _silence(process: subprocess.Popen[bytes], line: bytes | None) -> str:
    if line is None:
        return "took too long to load"
    code = process.wait()
    return (
        f"the process was killed by signal {-code}" if code < 0 else f"the process ended ({code})"
    )


def _key(bundle: Bundle, candidate: Candidate, threads: int) -> str:
    """What a timing depends on: another processor, version or bundle is timed anew."""
    version = installed_runtimes().get(candidate.runtime, "")
    return "|".join(
        [
            bundle.sha256[:16],
            this_cpu().name,
            f"{candidate.runtime} {version}",
            candidate.provider,
            f"{threads} threads",
            f"{candidate.part}/{candidate.path}",
        ]
    )
