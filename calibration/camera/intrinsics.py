"""From views of the board to a lens, and whether it may be trusted. Zhang 2000, as OpenCV's calibrateCamera solves it.

In: kept views. Out: focal length, principal point and distortion with their uncertainty, the error that is left in each
view, or one sentence on why that is not good enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.camera.charuco_board import BoardView, Floats
from calibration.camera.lens import Distortion, Lens, flaw_of
from calibration.camera.lens_file import LensQuality

_OUTLIER_ROUNDS = 4
_MAD_TO_STD = 1.4826
_WIDE_VIEW_RAD = 1.4  # 80 degrees: beyond it two radial terms no longer follow a lens
_PIXEL_CORNER = 0.5  # OpenCV counts from the middle of the first pixel, a lens from its corner
_NOMINAL_WIDTH_PX = 640


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """From where on a calibration is good enough; all of them choices."""

    min_views: int = 10
    min_coverage: float = 0.6
    max_rms_px: float = 0.7  # in a picture 640 pixels wide; grows with the width
    max_focal_std_share: float = 0.01
    # A board that always faces the camera leaves the focal length open, without a large uncertainty being told.
    min_tilted_views: int = 4
    min_tilt_rad: float = math.radians(15.0)
    max_pixel_stretch: float = 0.02
    outlier_deviations: float = 3.5
    least_outlier_px: float = 0.3  # a view below it is none, however good the others are


@dataclass(frozen=True, slots=True)
class ViewError:
    """What is left in one view."""

    view: int  # its place in the sequence that was given
    rms_px: float
    tilt_rad: float  # of the board against the picture's plane
    corners_px: Floats  # (N, 2)
    residuals_px: Floats  # (N, 2) seen minus expected


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """A solved lens."""

    lens: Lens
    quality: LensQuality
    views: tuple[ViewError, ...]
    left_out: tuple[int, ...]  # views that did not fit the others
    distrust: str | None  # why it is not good enough and what to do, one sentence; None where it is


class CalibrationRefusedError(ValueError):
    """No lens can be told from these views; one sentence, with what to do."""


def solve_intrinsics(
    views: Sequence[BoardView],
    width_px: int,
    height_px: int,
    coverage: float,
    trust: TrustSettings | None = None,
    name: str = "calibrated",
) -> Intrinsics:
    """coverage: of the kept views. Raises `CalibrationRefusedError`."""
    trust = trust or TrustSettings()
    if len(views) < trust.min_views:
        raise CalibrationRefusedError(
            f"only {len(views)} usable views of the board, {trust.min_views} are needed; show it longer, sharp, large"
            " and in more places"
        )
    kept = list(range(len(views)))
    left_out: list[int] = []
    solution = _solve([views[i] for i in kept], width_px, height_px)
    for _ in range(_OUTLIER_ROUNDS):
        strangers = _strangers(solution.view_rms_px, trust)
        if not strangers.any() or len(kept) - int(strangers.sum()) < trust.min_views:
            break
        left_out += [kept[i] for i in np.flatnonzero(strangers)]
        kept = [kept[i] for i in np.flatnonzero(~strangers)]
        solution = _solve([views[i] for i in kept], width_px, height_px)
    lens = _lens(solution, width_px, height_px, name)
    quality = LensQuality(
        views=len(kept),
        rms_px=solution.rms_px,
        coverage=coverage,
        focal_std_px=float(solution.std[:2].max()),
        center_std_px=float(solution.std[2:4].max()),
    )
    errors = tuple(
        ViewError(i, float(rms), float(tilt_rad), views[i].corners_px, residual)
        for i, rms, tilt_rad, residual in zip(
            kept, solution.view_rms_px, solution.tilts_rad, solution.residuals_px, strict=True
        )
    )
    tilted = sum(error.tilt_rad >= trust.min_tilt_rad for error in errors)
    return Intrinsics(
        lens, quality, errors, tuple(sorted(left_out)), _distrust(lens, quality, tilted, trust)
    )


@dataclass(frozen=True, slots=True)
class _Solution:
    rms_px: float
    matrix: Floats  # (3, 3)
    distortion: Floats  # (5,)
    std: Floats  # (9,) of fx, fy, cx, cy, k1, k2, p1, p2, k3
    view_rms_px: Floats  # (V,)
    tilts_rad: Floats  # (V,)
    residuals_px: list[Floats]  # (N, 2) each


def _solve(views: Sequence[BoardView], width_px: int, height_px: int) -> _Solution:
    solution = _solve_with(views, width_px, height_px, cv2.CALIB_FIX_K3)
    view_rad = 2 * np.arctan(width_px / 2 / solution.matrix[0, 0])
    if view_rad > _WIDE_VIEW_RAD:
        solution = _solve_with(views, width_px, height_px, 0)
    return solution


def _solve_with(views: Sequence[BoardView], width_px: int, height_px: int, flags: int) -> _Solution:
    on_board = [
        np.column_stack([view.on_board_mm, np.zeros(len(view.ids))]).astype(np.float32)
        for view in views
    ]
    seen = [view.corners_px.astype(np.float32).reshape(-1, 1, 2) for view in views]
    try:
        solved = cast(Any, cv2).calibrateCameraExtended(
            on_board, seen, (width_px, height_px), None, None, flags=flags
        )
    except cv2.error as error:
        raise CalibrationRefusedError(
            "these views of the board do not determine a lens; tilt it more, and hold it nearer"
        ) from error
    rms_px, matrix, distortion, turns, shifts, std, _, view_rms_px = solved
    values = np.concatenate([np.ravel(matrix), np.ravel(distortion), np.ravel(std), [rms_px]])
    if not np.isfinite(values).all():
        raise CalibrationRefusedError(
            "these views of the board do not determine a lens; tilt it more, and hold it nearer"
        )
    residuals, tilts_rad = [], []
    for points, corners, turn, shift in zip(on_board, seen, turns, shifts, strict=True):
        expected, _ = cv2.projectPoints(points, turn, shift, matrix, distortion)
        normal = cv2.Rodrigues(turn)[0][:, 2]
        tilts_rad.append(math.acos(min(1.0, abs(float(normal[2])))))
        residuals.append((corners - expected).reshape(-1, 2).astype(np.float64))
    return _Solution(
        rms_px=float(rms_px),
        matrix=np.asarray(matrix, dtype=np.float64),
        distortion=np.ravel(distortion)[:5].astype(np.float64),
        std=np.ravel(std)[:9].astype(np.float64),
        view_rms_px=np.ravel(view_rms_px).astype(np.float64),
        tilts_rad=np.array(tilts_rad),
        residuals_px=residuals,
    )


def _strangers(view_rms_px: Floats, trust: TrustSettings) -> NDArray[np.bool_]:
    """Views with far more error than the others: a bent board, a moving hand, a corner taken for another."""
    middle = float(np.median(view_rms_px))
    spread = _MAD_TO_STD * float(np.median(np.abs(view_rms_px - middle)))
    limit = max(trust.least_outlier_px, middle + trust.outlier_deviations * spread)
    return np.asarray(view_rms_px > limit)


def _lens(solution: _Solution, width_px: int, height_px: int, name: str) -> Lens:
    matrix = solution.matrix
    return Lens(
        name=name,
        width_px=width_px,
        height_px=height_px,
        focal_x_px=float(matrix[0, 0]),
        focal_y_px=float(matrix[1, 1]),
        center_x_px=float(matrix[0, 2]) + _PIXEL_CORNER,
        center_y_px=float(matrix[1, 2]) + _PIXEL_CORNER,
        distortion=cast(Distortion, tuple(float(value) for value in solution.distortion)),
        measured=True,
    )


def _distrust(lens: Lens, quality: LensQuality, tilted: int, trust: TrustSettings) -> str | None:
    if quality.coverage < trust.min_coverage:
        return (
            f"the board was seen in {quality.coverage:.0%} of the picture, {trust.min_coverage:.0%} are needed; hold it"
            " to the picture's edges and corners too"
        )
    largest_px = trust.max_rms_px * lens.width_px / _NOMINAL_WIDTH_PX
    if quality.rms_px > largest_px:
        return (
            f"corners lie {quality.rms_px:.2f} px from where the lens would show them, {largest_px:.2f} are allowed;"
            " stick the board on something flat and hold it still in good light"
        )
    if tilted < trust.min_tilted_views:
        return (
            f"the board was tilted by {math.degrees(trust.min_tilt_rad):.0f} degrees or more in {tilted} views,"
            f" {trust.min_tilted_views} are needed; tilt it to each side and up and down"
        )
    if quality.focal_std_px > trust.max_focal_std_share * lens.focal_x_px:
        return (
            f"the focal length is uncertain by {quality.focal_std_px / lens.focal_x_px:.1%},"
            f" {trust.max_focal_std_share:.0%} are allowed; tilt the board more in more views"
        )
    stretch = lens.focal_x_px / lens.focal_y_px - 1.0
    if abs(stretch) > trust.max_pixel_stretch:
        return (
            f"the board seems stretched by {abs(stretch):.1%}; print it in its true size, check the measure on the"
            " sheet, and turn off any stretching of the picture"
        )
    flaw = flaw_of(lens)
    return f"the result is impossible ({flaw}); show the board in more places" if flaw else None
