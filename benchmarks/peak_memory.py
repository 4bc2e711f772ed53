"""Peak resident memory of a process and of its children, from the kernel's own high-water mark."""

from __future__ import annotations

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


def children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
