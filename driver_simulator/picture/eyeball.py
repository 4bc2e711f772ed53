"""An eye's ball without its lids: white, iris and pupil as they would be seen if nothing covered them.

In: the portrait around one eye. Out: for each gaze the ball's colours. The iris is the photograph's own, its hidden
parts completed by its rings; the highlight stays where the light is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.lids import PX_PER_MM, Lids

Floats = NDArray[np.float32]
Points = NDArray[np.float32]

_BALL_MM = 12.0
_IRIS_MM, _PUPIL_SHARE = 5.9, 0.36
_RINGS = 12
_WHITE_LEAST, _WHITE_MOST = 0.85, 1.35
"""Of the skin's brightness."""
_LIMBUS = 0.72
_HIGHLIGHT_AT = np.array([-0.32, -0.36])
_HIGHLIGHT_RADIUS = 0.17
"""In radii of the iris."""


class Eyeball:
    """Colours of a ball that turns, over a fixed window of the canvas."""

    def __init__(
        self,
        texture: NDArray[np.uint8],
        window: tuple[slice, slice],
        lids: Lids,
        iris: Points,
        skin_bgr: Floats,
        rotation: NDArray[np.float64],
    ) -> None:
        """iris: (5, 2) px of the canvas, centre and rim."""
        rows, columns = np.mgrid[window].astype(np.float32)
        self._x, self._y = columns, rows
        places = np.stack([columns, rows], axis=-1)
        share, height = lids.local(places)
        self._rotation = rotation
        centre = iris[0].astype(np.float64)
        rim = np.linalg.norm(iris[1:] - iris[0], axis=1)
        usual = _IRIS_MM * PX_PER_MM
        self._radius = float(np.clip(np.median(rim), 0.97 * usual, 1.12 * usual))
        self._middle = _ball_middle(centre, lids)
        eye = lids.photographed(share)
        open_ = (height > eye.upper + 1) & (height < eye.lower - 0.5)
        patch = texture[window].astype(np.float32)
        away = np.hypot(columns - centre[0], rows - centre[1]) / self._radius
        self._white = _white_of(
            patch, open_ & (away > 1.15) & (share > 0.08) & (share < 0.92), skin_bgr
        )
        self._rings = _rings_of(patch, open_, away, self._white)
        # Light falls from above: the ball darkens towards its corners and its lower edge.
        aside = np.abs(share - 0.5) * 2
        shade = 1.0 - 0.34 * np.clip(aside, 0, 1.2) ** 3
        corner = np.clip((aside - 0.72) / 0.25, 0, 1)[..., None] * 0.55
        flesh = skin_bgr * np.array([0.72, 0.68, 0.88], dtype=np.float32)
        white = self._white * shade[..., None]
        self._ground = (white + (flesh - white) * corner).astype(np.float32)

    def offset_px(self, yaw_rad: float, pitch_rad: float) -> Floats:
        """(2,): how far from the ball's middle the iris is seen for a gaze in the head."""
        line = self._line(yaw_rad, pitch_rad)
        return (line[:2] * _BALL_MM * PX_PER_MM).astype(np.float32)

    def centre_px(self, yaw_rad: float, pitch_rad: float) -> Floats:
        return (self._middle + self.offset_px(yaw_rad, pitch_rad)).astype(np.float32)

    def painted(self, yaw_rad: float, pitch_rad: float) -> Floats:
        """(h, w, 3) BGR."""
        line = self._line(yaw_rad, pitch_rad)
        centre = self._middle + line[:2] * _BALL_MM * PX_PER_MM
        x, y = self._x - np.float32(centre[0]), self._y - np.float32(centre[1])
        # A disc that faces aside is narrower along the way it is turned.
        flat = float(np.hypot(line[0], line[1]))
        narrow = max(0.5, float(np.sqrt(max(0.0, 1 - flat * flat))))
        if flat > 1e-3:
            along = x * np.float32(line[0] / flat) + y * np.float32(line[1] / flat)
            far2 = x * x + y * y + along * along * np.float32(1 / narrow**2 - 1)
        else:
            far2 = x * x + y * y
        far = np.sqrt(far2)
        at = far * np.float32((_RINGS - 1) / self._radius)
        colours = cv2.remap(
            self._rings[None], np.minimum(at, _RINGS - 1), np.zeros_like(at), cv2.INTER_LINEAR
        )
        inside = np.clip(np.float32(self._radius + 0.6) - far, 0, 1)[..., None]
        ball = self._ground + (colours - self._ground) * inside
        light = self._middle + 0.55 * line[:2] * _BALL_MM * PX_PER_MM + _HIGHLIGHT_AT * self._radius
        near2 = (self._x - np.float32(light[0])) ** 2 + (self._y - np.float32(light[1])) ** 2
        spot = np.exp(-near2 * np.float32(1 / (_HIGHLIGHT_RADIUS * self._radius) ** 2))[..., None]
        ball += (np.float32(245.0) - ball) * spot * np.float32(0.75)
        return np.asarray(ball, dtype=np.float32)

    def _line(self, yaw_rad: float, pitch_rad: float) -> NDArray[np.float64]:
        """(3,) unit line of sight in the canvas's axes. Signs as in `Signals`."""
        ahead = np.array(
            [
                np.sin(yaw_rad) * np.cos(pitch_rad),
                -np.sin(pitch_rad),
                -np.cos(yaw_rad) * np.cos(pitch_rad),
            ]
        )
        return np.asarray(self._rotation @ ahead, dtype=np.float64)


def _ball_middle(iris: NDArray[np.float64], lids: Lids) -> NDArray[np.float64]:
    """Where the iris is seen by a camera that the eye looks into: as photographed, within what is plausible."""
    share, height = lids.local(iris.astype(np.float32))
    share = np.clip(share, 0.42, 0.58)
    height = np.clip(height, -0.13 * lids.width_px, 0.05 * lids.width_px)
    return np.asarray(
        lids.first + share * lids.width_px * lids.along + height * lids.down, dtype=np.float64
    )


def _white_of(patch: Floats, white: NDArray[np.bool_], skin_bgr: Floats) -> Floats:
    """The bright half of what is seen beside the iris; less coloured than skin where little is seen."""
    pale = 0.6 * skin_bgr.mean() + 0.4 * skin_bgr
    if int(white.sum()) >= 12:
        seen = patch[white]
        luma = seen.mean(axis=1)
        bright = seen[luma >= np.percentile(luma, 60)].mean(axis=0)
        pale = 0.75 * bright + 0.25 * pale
    level = float(np.clip(pale.mean() / skin_bgr.mean(), _WHITE_LEAST, _WHITE_MOST))
    return np.asarray(pale * (level * skin_bgr.mean() / pale.mean()), dtype=np.float32)


def _rings_of(patch: Floats, open_: NDArray[np.bool_], away: Floats, white: Floats) -> Floats:
    """(_RINGS, 3): the iris's colour from its middle to its rim, where lids and highlight leave it to be seen."""
    seen = open_ & (away < 0.95)
    if int(seen.sum()) < 10:
        iris = white * 0.32
    else:
        inside = (
            patch[seen & (away > _PUPIL_SHARE)]
            if int((seen & (away > _PUPIL_SHARE)).sum()) > 5
            else patch[seen]
        )
        iris = np.percentile(inside, 40, axis=0)
    iris = np.minimum(iris, white * 0.55).astype(np.float32)
    radius = np.linspace(0, 1, _RINGS, dtype=np.float32)[:, None]
    pupil = np.clip((_PUPIL_SHARE - radius) / 0.12 + 0.5, 0, 1)
    rim = 1 - (1 - _LIMBUS) * np.clip((radius - 0.72) / 0.2, 0, 1)
    rings = iris * (1.12 - 0.12 * radius) * rim
    dark = np.minimum(iris * 0.35, 26.0)
    middle = patch[open_ & (away < 0.5 * _PUPIL_SHARE)]
    # A lamp beside the lens makes pupils bright, in the infrared.
    if len(middle) > 3 and middle.mean() > 1.4 * iris.mean():
        dark = np.median(middle, axis=0).astype(np.float32)
    return np.asarray(rings + (dark - rings) * pupil, dtype=np.float32)
