"""A page of labelled pictures of one drive: each behaviour where it is all there, and the drive in between."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.performance import Performance
from driver_simulator.simulated_camera import SimulatedCamera
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.views.lettering import write_text

_COLUMNS = 5
_FEWEST, _MOST = 15, 40
_CELL_WIDTH_PX = 320
_CAP_PX = 11
_JPEG_QUALITY = 82
_WHITE, _SHADE = (255, 255, 255), (0, 0, 0)


def write_contact_sheet(
    path: Path,
    performance: Performance,
    perception: PerceptionSettings | None = None,
    *,
    until_s: float,
) -> None:
    """A PNG or JPEG file, by its suffix. Raises `UserError` where it cannot be written."""
    camera = SimulatedCamera(performance, perception)
    cells = []
    for t_s in sheet_instants(performance, until_s):
        going_on = [
            one.type for one in performance.scenario.behaviours if one.from_s <= t_s < one.until_s
        ]
        label = f"{t_s:.1f} s  {', '.join(going_on)}"
        cells.append(_cell(camera.picture(performance.at(t_s)), label))
    blank = np.zeros_like(cells[0])
    cells += [blank] * (-len(cells) % _COLUMNS)
    rows = [np.hstack(cells[i : i + _COLUMNS]) for i in range(0, len(cells), _COLUMNS)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_png = path.suffix.lower() == ".png"
        quality = [] if is_png else [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        written = cv2.imwrite(str(path), np.vstack(rows), quality)
    except (OSError, cv2.error):
        written = False
    if not written:
        raise UserError(f"{path}: the page of pictures cannot be written; name a .png or .jpg file")


def sheet_instants(performance: Performance, until_s: float) -> list[float]:
    """Where each scripted event is all there, the first ones of the drive; evenly spread ones fill the page."""
    instants: list[float] = []
    for event in performance.events:
        middle_s = (event.full_from_s + event.full_until_s) / 2
        shown = any(event.full_from_s <= t_s <= event.full_until_s for t_s in instants)
        if event.scripted and middle_s < until_s and not shown and len(instants) < _MOST:
            instants.append(middle_s)
    filling = max(0, _FEWEST - len(instants), -len(instants) % _COLUMNS)
    instants += [(place + 0.5) * until_s / filling for place in range(filling)]
    return sorted(instants)


def _cell(image: NDArray[np.uint8], label: str) -> NDArray[np.uint8]:
    """image: (H, W, 3) or (H, W) -> (h, _CELL_WIDTH_PX, 3) with `label` at its upper edge."""
    height_px = round(_CELL_WIDTH_PX * image.shape[0] / image.shape[1])
    cell = cv2.resize(image, (_CELL_WIDTH_PX, height_px), interpolation=cv2.INTER_AREA)
    colour = np.asarray(
        cell if cell.ndim == 3 else cv2.cvtColor(cell, cv2.COLOR_GRAY2BGR), np.uint8
    )
    for shift_px, ink in ((1, _SHADE), (0, _WHITE)):
        write_text(colour, label, 6 + shift_px, 6 + shift_px, _CAP_PX, ink, bold=True)
    return colour
