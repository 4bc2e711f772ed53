"""Something worn, laid over the animated canvas: where it is, and moved with the skin where it follows it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.resample import resampled
from driver_simulator.picture.skin import MovedSkin

Layer = NDArray[np.uint8]
Window = tuple[slice, slice]

_WHOLE = 255


class OverlayPainter:
    """Lays one overlay over canvases of BGR and coverage."""

    def __init__(self, overlay: Overlay) -> None:
        gain = np.broadcast_to(overlay.gain, (*overlay.alpha.shape, 3))
        used = (overlay.alpha > 0) | (overlay.add.max(axis=2) > 0) | (gain.min(axis=2) < 1)
        self._window = _around(used)
        self._follows = overlay.follows_skin
        # Four channels each, as the canvas has: coverage is neither dimmed nor added to.
        self._gain = _bytes(np.dstack([gain * _WHOLE, np.full(used.shape, _WHOLE)]))
        self._add = _bytes(np.dstack([overlay.add, np.zeros(used.shape)]))
        self._least = _bytes(np.dstack([np.zeros((*used.shape, 3)), overlay.alpha * _WHOLE]))

    def paint(self, canvas: Layer, moved: MovedSkin | None) -> None:
        """canvas: (H, W, 4)."""
        layers, window = (self._gain, self._add, self._least), self._window
        if window[0].start == window[0].stop:
            return
        if self._follows and moved is not None and moved.cloth is not None:
            window = _joined(window, moved.window)
            gain, add, least = (_moved(layer, window, moved) for layer in layers)
        else:
            gain, add, least = (layer[window] for layer in layers)
        shown = cv2.multiply(canvas[window], gain, scale=1 / _WHOLE)
        canvas[window] = cv2.max(cv2.add(shown, add), least)


def _bytes(layer: NDArray[np.floating]) -> Layer:
    return np.asarray(np.clip(layer + 0.5, 0, 255), dtype=np.uint8)


def _around(used: NDArray[np.bool_]) -> Window:
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if len(rows) == 0:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _moved(layer: Layer, window: Window, moved: MovedSkin) -> Layer:
    """The window of a layer, with what lies on moving skin moved."""
    assert moved.cloth is not None
    part = layer[window].copy()
    rows, columns = (
        slice(inner.start - outer.start, inner.stop - outer.start)
        for inner, outer in zip(moved.window, window, strict=True)
    )
    part[rows, columns] = resampled(layer, moved.cloth)
    return part


def _joined(a: Window, b: Window) -> Window:
    rows = slice(min(a[0].start, b[0].start), max(a[0].stop, b[0].stop))
    return rows, slice(min(a[1].start, b[1].start), max(a[1].stop, b[1].stop))
