"""Memory of a process and of its children: the kernel's own high-water mark, and the share that is really theirs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def peak_memory_mb(pid: int) -> float:
    """VmHWM in MB of 10^6 bytes; NaN once the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return float("nan")


def shared_out_mb(pids: Iterable[int]) -> float:
    """PSS of these processes together now, a page that several share counted once among them; NaN when one is gone."""
    total_mb = 0.0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            return float("nan")
        total_mb += sum(
            int(line.split()[1]) * 1024 / 1e6
            for line in text.splitlines()
            if line.startswith("Pss:")
        )
    return total_mb


def children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
