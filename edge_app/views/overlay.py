"""The picture with what the program sees in it: face contours, head direction, gauges, the active alert.

A frame, its observation, state and alerts come in; a new BGR picture of the same size goes out. A signal that is
unavailable is a hatched gauge with its reason, never a gauge at zero.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.alerts.event import ActiveAlert, Level
from edge_app.camera.frame import Frame
from edge_app.driver_state.state import ClosureKind, DriverState
from edge_app.face.observation import FaceLandmarks, FaceObservation
from edge_app.views import legend
from edge_app.views.calibration_words import calibrating
from edge_app.views.gauges import Gauge, Severity, gauges
from edge_app.views.lettering import Color, fitting_cap_px, text_width_px, write_text

Image = NDArray[np.uint8]

_WHITE: Color = (245, 245, 245)
_DIM: Color = (175, 175, 175)
_GREY: Color = (130, 130, 130)
_INK: Color = (20, 20, 20)
_BAR: dict[Severity, Color] = {
    Severity.CALM: (190, 200, 60),
    Severity.RAISED: (40, 175, 250),
    Severity.HIGH: (70, 70, 240),
}
_DARKENED = 0.28  # what is left of the picture behind text
_SUBPIXEL_BITS = 3
_ONE_ROW_FROM_PX = 520


def draw_overlay(
    frame: Frame,
    observation: FaceObservation | None,
    state: DriverState,
    alerts: tuple[ActiveAlert, ...],
) -> Image:
    """Returns a new picture (H, W, 3) BGR; the frame is left as it was."""
    image = _in_color(frame.image)
    # The unit of layout: 8 px at 480 lines.
    unit = max(4, round(min(frame.height_px / 60, frame.width_px / 76)))
    if observation is not None:
        _draw_face(image, observation.landmarks, state, unit)
        _draw_direction(image, observation, state, unit)
    _draw_gauges(image, gauges(state), unit)
    below_px = _draw_banner(image, alerts, state.t_s, unit)
    _draw_notes(image, state, below_px, unit)
    return image


def _in_color(image: Image) -> Image:
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]
    return image.copy()


def _draw_face(image: Image, face: FaceLandmarks, state: DriverState, unit: int) -> None:
    thin = max(1, unit // 7)
    _contour(image, face.oval, (200, 200, 200), thin, closed=True)
    for brow in (face.brow_left, face.brow_right):
        _contour(image, brow, (200, 200, 200), thin, closed=False)
    _contour(image, face.lips_outer, (210, 170, 120), thin, closed=True)
    _contour(image, face.lips_inner, (210, 170, 120), thin, closed=True)
    left, right = gauges(state)[:2]
    for eye, iris, gauge in (
        (face.eyelid_left, face.iris_left, left),
        (face.eyelid_right, face.iris_right, right),
    ):
        color = _GREY if gauge.fraction is None else _BAR[gauge.severity]
        _contour(image, eye, color, thin, closed=True)
        if gauge.fraction is not None and gauge.severity is not Severity.HIGH:
            _iris(image, iris, color)


def _drawable(points: NDArray[np.float32], image: Image) -> bool:
    """Finite and near the picture; anything else is a perception gone wild and is not drawn."""
    reach = 4.0 * max(image.shape[:2])
    return len(points) > 1 and bool(np.all(np.abs(points) < reach))


def _contour(
    image: Image, points: NDArray[np.float32], color: Color, thin: int, *, closed: bool
) -> None:
    if not _drawable(points, image):
        return
    fixed = [np.rint(points * (1 << _SUBPIXEL_BITS)).astype(np.int32)]
    cv2.polylines(image, fixed, closed, color, thin, cv2.LINE_AA, _SUBPIXEL_BITS)


def _iris(image: Image, points: NDArray[np.float32], color: Color) -> None:
    if not _drawable(points, image):
        return
    radius = float(np.linalg.norm(points[1:] - points[0], axis=1).mean())
    scale = 1 << _SUBPIXEL_BITS
    center = (round(float(points[0, 0]) * scale), round(float(points[0, 1]) * scale))
    cv2.circle(image, center, round(radius * scale), color, 1, cv2.LINE_AA, _SUBPIXEL_BITS)


def _draw_direction(
    image: Image, observation: FaceObservation, state: DriverState, unit: int
) -> None:
    """An arrow from the nose to where the head points."""
    yaw, pitch = state.head_yaw_rad.value, state.head_pitch_rad.value
    nose = observation.landmarks.nose
    if yaw is None or pitch is None or not math.isfinite(yaw + pitch):
        return
    if not _drawable(nose, image):
        return
    left, _, right, _ = observation.box
    length = min(right - left, image.shape[1])
    if not length > 0:
        return
    tip_of_nose = nose[-2] if len(nose) > 2 else nose[-1]
    start = (round(float(tip_of_nose[0])), round(float(tip_of_nose[1])))
    end = (
        round(start[0] + length * math.sin(yaw) * math.cos(pitch)),
        round(start[1] - length * math.sin(pitch)),
    )
    color = _BAR[Severity.CALM]
    if state.glance.off_road is None:
        color = _GREY
    elif state.glance.off_road:
        color = _BAR[Severity.RAISED]
    thick = max(1, unit // 4)
    reach = math.hypot(end[0] - start[0], end[1] - start[1])
    if reach < 2 * unit:
        cv2.circle(image, start, unit // 2, color, -1, cv2.LINE_AA)
        return
    head = 1.2 * unit / reach
    cv2.arrowedLine(image, start, end, _INK, thick + 2, cv2.LINE_AA, 0, head)
    cv2.arrowedLine(image, start, end, color, thick, cv2.LINE_AA, 0, head)


def _draw_gauges(image: Image, shown: tuple[Gauge, ...], unit: int) -> None:
    """A strip along the lower edge, one cell a gauge; two rows where one would be too narrow to read."""
    height, width = image.shape[:2]
    rows, row_height = _strip_rows(width), _row_height_px(unit)
    per_row = -(-len(shown) // rows)
    cell = (width - unit) // per_row
    top = height - _strip_height_px(width, unit)
    if top < 2 * unit or cell < 2 * unit:
        return
    _darken(image, 0, top, width, height)
    for at, gauge in enumerate(shown):
        left, row_top = unit + at % per_row * cell, top + at // per_row * row_height
        _draw_gauge(image[:, : left + cell - unit], gauge, left, row_top, cell - unit, unit)


def _draw_gauge(image: Image, gauge: Gauge, left: int, top: int, width: int, unit: int) -> None:
    small_px, text_px = max(6, unit), max(7, round(unit * 1.15))
    top += unit
    label = gauge.label.upper()
    write_text(image, label, left, top, fitting_cap_px(label, small_px, width), _DIM)
    top += small_px + round(0.6 * unit)
    _draw_bar(image, gauge, left, top, width, unit)
    top += _bar_height_px(unit) + round(0.9 * unit)
    unavailable = gauge.fraction is None
    fit_px = fitting_cap_px(gauge.text, small_px if unavailable else text_px, width)
    write_text(image, gauge.text, left, top, fit_px, _DIM if unavailable else _WHITE)


def _strip_rows(width_px: int) -> int:
    return 1 if width_px >= _ONE_ROW_FROM_PX else 2


def _strip_height_px(width_px: int, unit: int) -> int:
    return _strip_rows(width_px) * _row_height_px(unit) + round(0.7 * unit)


def _row_height_px(unit: int) -> int:
    """Label, bar and value, with air between them."""
    text_px = max(6, unit) + max(7, round(unit * 1.15))
    return round(3.0 * unit) + text_px + _bar_height_px(unit)


def _bar_height_px(unit: int) -> int:
    return max(4, round(1.1 * unit))


def _draw_bar(image: Image, gauge: Gauge, left: int, top: int, width: int, unit: int) -> None:
    bottom = top + _bar_height_px(unit)
    right = left + width
    if gauge.fraction is None:
        patch = image[top:bottom, left:right]
        rows, columns = np.ogrid[: patch.shape[0], : patch.shape[1]]
        patch[(rows + columns) % max(6, unit) < max(2, unit // 3)] = _GREY
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), _GREY, 1)
        return
    image[top:bottom, left:right] = (70, 70, 70)
    image[top:bottom, left : left + round(gauge.fraction * width)] = _BAR[gauge.severity]
    if gauge.tick is not None:
        x = left + round(gauge.tick * width)
        image[top - 1 : bottom + 1, x : x + max(1, unit // 6)] = _WHITE
    if gauge.coverage is not None:
        line = max(1, unit // 4)
        covered = round(min(1.0, max(0.0, gauge.coverage)) * width)
        image[bottom + 1 : bottom + 1 + line, left : left + covered] = _DIM


def _draw_banner(image: Image, alerts: tuple[ActiveAlert, ...], t_s: float, unit: int) -> int:
    """The loudest alert across the upper edge, the newest of equals, as the cabin voices them; how many others at its
    right. Returns where it ends, px."""
    if not alerts:
        return 0
    ranked = sorted(alerts, key=lambda alert: (alert.acknowledged, -alert.level, -alert.since_s))
    first = ranked[0]
    height, width = min(int(image.shape[0]), 4 * unit), int(image.shape[1])
    background = legend.LEVEL_BGR[first.level]
    ink = _INK if first.level is Level.WARNING else (255, 255, 255)
    image[:height] = background
    title = first.level.word.upper()
    if first.type.value != first.level.word:
        title += f": {legend.plain(first.type.value)}"
    detail = f"{legend.plain(first.reason)}, {max(0.0, t_s - first.since_s):.1f} s"
    if first.acknowledged:
        detail += ", acknowledged"
    if len(ranked) > 1:
        detail += f"  +{len(ranked) - 1}"
    left, room = unit, width - 3 * unit
    title_px = fitting_cap_px(title, round(1.6 * unit), round(room * 0.62), bold=True)
    write_text(image, title, left, (height - title_px) // 2, title_px, ink, bold=True)
    beside = left + text_width_px(title, title_px, bold=True) + unit
    detail_px = fitting_cap_px(detail, round(1.2 * unit), width - unit - beside)
    write_text(image, detail, beside, (height - detail_px) // 2, detail_px, ink)
    return height


def _draw_notes(image: Image, state: DriverState, top: int, unit: int) -> None:
    """Frame time, and in a few words what goes on right now."""
    notes: list[tuple[str, Color]] = [(legend.clock(state.t_s), _DIM)]
    if not state.presence.face_present:
        reason = state.presence.reason
        why = f" ({legend.plain(reason.value)})" if reason and reason.value != "no_face" else ""
        notes.append((f"no face{why} {state.presence.absent_s:.1f} s", _WHITE))
    if state.lid_episode.kind not in (ClosureKind.NONE, ClosureKind.BLINK):
        kind = legend.plain(state.lid_episode.kind.value)
        notes.append((f"{kind} {state.lid_episode.closed_s:.1f} s", _BAR[Severity.RAISED]))
    if state.glance.off_road and state.glance.why is not None:
        notes.append((f"off road: {legend.plain(state.glance.why.value)}", _BAR[Severity.RAISED]))
    if state.yawn.in_progress:
        notes.append(("yawn", _BAR[Severity.RAISED]))
    calibration = calibrating(state.calibration)
    if calibration is not None:
        notes.append((calibration, _DIM))
    cap_px = max(6, unit)
    y = top + unit // 2
    for text, color in notes:
        bottom = y + cap_px + unit
        if bottom > image.shape[0] - _strip_height_px(image.shape[1], unit):
            return
        _darken(image, 0, y, text_width_px(text, cap_px) + 2 * unit, bottom)
        write_text(image, text, unit, y + unit // 2, cap_px, color)
        y = bottom + 2


def _darken(image: Image, left: int, top: int, right: int, bottom: int) -> None:
    patch = image[top:bottom, left:right]
    if patch.size:
        patch[:] = cv2.convertScaleAbs(patch, alpha=_DARKENED)
