"""This machine's processor: what it is called, and which instructions it has."""

from __future__ import annotations

import platform
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
# x86 and ARM name the same things differently; boards name themselves on the last line.
_NAME_KEYS = ("model name", "Model", "Hardware", "cpu model")
_FLAG_KEYS = ("flags", "Features")


@dataclass(frozen=True, slots=True)
class Cpu:
    """`instruction_sets` in the words of /proc/cpuinfo: avx2, avx512_vnni, asimddp, …"""

    name: str
    instruction_sets: frozenset[str]

    def can_run(self, any_of: Collection[str]) -> bool:
        """True if it has one of these; nothing asked for is had by all."""
        return not any_of or not self.instruction_sets.isdisjoint(any_of)


def this_cpu(cpuinfo: Path = _CPUINFO) -> Cpu:
    """Where Linux tells nothing, a processor of the machine's kind without any extension."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    told: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        told.setdefault(key.strip(), value.strip())
    name = next((told[key] for key in _NAME_KEYS if told.get(key)), platform.machine())
    flags = next((told[key] for key in _FLAG_KEYS if key in told), "")
    return Cpu(name, frozenset(flags.split()))
