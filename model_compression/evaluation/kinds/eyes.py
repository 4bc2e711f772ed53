"""`eyes`: close-up pictures of single eyes, closed/ and open/: only the eye part of a bundle can read them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.figure import Figures, Floats, not_applicable, share
from model_compression.evaluation.measured import Measured
from model_compression.evaluation.near_duplicates import NEAR_DUPLICATES, clusters_of, thumbnail
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.ranking import auc_figure

_CLASSES = ("closed", "open")
_NONE = "reads no eye without a face"


def measure(path: Path, bench: Bench) -> Measured:
    readers = {c.role: c.lone_eye for c in bench.contestants if c.lone_eye is not None}
    openness: dict[str, list[float]] = {role: [] for role in readers}
    is_open, thumbnails = [], []
    with PictureStore(path) as store:
        known = [name for name in store.names if PurePosixPath(name).parent.name in _CLASSES]
        if {PurePosixPath(name).parent.name for name in known} != set(_CLASSES):
            raise UserError(f"{path}: needs pictures in two folders, closed and open")
        names = spread(known, bench.choice.limit)
        for name in bench.track(names, len(names), path.name):
            image = store.read(name)
            luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
            is_open.append(PurePosixPath(name).parent.name == "open")
            thumbnails.append(thumbnail(luma))
            for role, reader in readers.items():
                value = reader.read_eye(luma).value
                openness[role].append(value)
                if role == bench.roles[0]:
                    wrong = 1.0 - value if is_open[-1] else value
                    bench.worst.add("lone-eyes", wrong, luma, f"{value:.2f} {name}")
    clusters = clusters_of(thumbnails)
    truth = np.array(is_open)
    figures = {
        role: _figures(np.array(openness[role]), truth, clusters)
        if role in readers
        else {"auc": not_applicable(_NONE), "accuracy": not_applicable(_NONE)}
        for role in bench.roles
    }
    note = "accuracy: at the threshold of openness that is best on these very pictures"
    return Measured(len(names), None, figures, notes=(note,))


def _figures(openness: Floats, is_open: NDArray[np.bool_], clusters: list[str]) -> Figures:
    levels = np.unique(openness)
    rights = [float(np.mean((openness >= level) == is_open)) for level in levels]
    right = (openness >= levels[int(np.argmax(rights))]) == is_open
    return {
        "auc": auc_figure(openness, is_open, clusters, NEAR_DUPLICATES),
        "accuracy": share(right, clusters, NEAR_DUPLICATES),
    }
