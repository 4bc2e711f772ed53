"""What the last bit of a computed number may depend on: instructions, C library, Python, NumPy."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass

import numpy as np

from edge_app.inference.cpu import this_cpu

# Extensions that change how libm and NumPy round: fused multiply-add, and sums over more lanes.
_ROUNDING = frozenset(("fma", "avx", "avx2", "avx512f", "asimd", "asimdhp", "sve", "sve2", "neon"))


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a trace was written. Two that are equal compute the same bits."""

    instruction_set: str
    c_library: str
    python: str
    numpy: str

    def words(self) -> dict[str, str]:
        return asdict(self)


def this_machine() -> Machine:
    extensions = sorted(this_cpu().instruction_sets & _ROUNDING)
    return Machine(
        instruction_set=" ".join([platform.machine(), *extensions]),
        c_library=" ".join(platform.libc_ver()),
        python=".".join(platform.python_version_tuple()[:2]),
        numpy=np.__version__,
    )
