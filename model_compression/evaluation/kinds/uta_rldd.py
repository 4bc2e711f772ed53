"""`uta_rldd`: sequences of 30 blinks with a person's own alertness, for bundles with a drowsiness head.

No bundle of format 1 has that head yet: the set is read and checked, and the figure is not applicable.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_app.errors import UserError
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.figure import not_applicable
from model_compression.evaluation.measured import Measured
from model_compression.evaluation.npz_file import read_npz

_FEATURES = 4  # frequency, amplitude, duration, velocity
_LABELS = {0.0, 5.0, 10.0}  # alert, low vigilance, drowsy


def measure(path: Path, bench: Bench) -> Measured:
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise UserError(f"{path}: there is no npz of blink sequences here; check the path")
    count = sum(_sequences(file) for file in bench.track(files, len(files), path.name))
    why = {
        role: {"auc_low_drowsy": not_applicable("the bundle has no drowsiness head")}
        for role in bench.roles
    }
    return Measured(count, None, why)


def _sequences(path: Path) -> int:
    """How many sequences a file holds. Raises `UserError` unless it is of the right form."""
    blinks, labels = read_npz(path, "blinks", "labels")
    labels = labels.reshape(-1)
    if blinks.ndim != 3 or blinks.shape[2] != _FEATURES or len(blinks) != len(labels):
        raise UserError(
            f"{path}: blinks {blinks.shape} and {len(labels)} labels; needs (N, blinks, {_FEATURES}) and N"
        )
    if not set(np.unique(labels).tolist()) <= _LABELS:
        raise UserError(f"{path}: labels other than 0, 5 and 10; copy the set again")
    return len(labels)
