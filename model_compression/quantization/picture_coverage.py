"""What the pictures of a quantization cover, as a file beside it, and the pictures where somebody will look at them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.quantization.contact_sheet import contact_sheet
from calibration.quantization.coverage import coverage_text
from model_compression.evaluation.png_file import write_png
from model_compression.export.quantized_folder import PictureCoverage
from model_compression.quantization.pictures import ChosenFaces

COVERAGE_FILE, SHEET_FILE = "coverage.txt", "calibration-pictures.png"


def write_coverage(chosen: ChosenFaces, folder: Path, sheet_folder: Path | None) -> PictureCoverage:
    """sheet_folder: for the pictures; None: not written. Raises `UserError` where that cannot be written."""
    told = chosen.coverage
    (folder / COVERAGE_FILE).write_text(coverage_text(told), encoding="utf-8")
    if sheet_folder is not None:
        write_png(_sheet(chosen), sheet_folder / SHEET_FILE)
    return PictureCoverage(
        pictures=len(chosen.faces),
        candidates=int(told.there.sum()),
        cells=told.cells_there,
        cells_covered=told.cells_chosen,
        people=told.people_chosen,
        people_candidates=told.people_there,
        unnamed=told.unnamed_chosen,
    )


def _sheet(chosen: ChosenFaces) -> NDArray[np.uint8]:
    """From dark to bright."""
    rows = np.argsort(chosen.luma, kind="stable").tolist()
    degrees = np.degrees(chosen.angles_rad)
    captions = [f"{chosen.luma[r]:.0f} {degrees[r, 0]:+.0f} {degrees[r, 1]:+.0f}" for r in rows]
    return contact_sheet([chosen.around[row] for row in rows], captions)
