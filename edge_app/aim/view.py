"""Through which lens the driver is seen, and how sure that is: distances and angles from places in the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.camera.lens import Lens, lens_of_view
from edge_app.aim.look import Look
from edge_app.settings import VigilSettings

EYE_DISTANCE_M = 0.063
"""The mean of adults (Dodgson 2004); see `EYE_DISTANCE_SHARE`."""
EYE_DISTANCE_SHARE = 0.06
"""Standard deviation between adults (3.8 mm, Dodgson 2004)."""
# Of the focal length, choices: measured on this camera, a maker's figure, and cameras of 45 to 80 degrees taken for 60.
_MEASURED_SHARE, _TOLD_SHARE, _ASSUMED_SHARE = 0.01, 0.05, 0.3


@dataclass(frozen=True, slots=True)
class Distance:
    """From the camera to the eyes along its axis."""

    metres: float
    std_share: float  # of it

    @property
    def words(self) -> str:
        low, high = self.metres * (1 - self.std_share), self.metres * (1 + self.std_share)
        return f"{self.metres:.2f} m ({low:.2f} to {high:.2f})"


@dataclass(frozen=True, slots=True)
class Room:
    """From between the eyes to the picture's edges, metres where the eyes are."""

    left_m: float
    right_m: float
    above_m: float
    below_m: float


class View:
    """A lens, or the field of view that the settings hold for it."""

    def __init__(self, lens: Lens | None, settings: VigilSettings) -> None:
        perception = settings.perception
        self._lens = lens
        self._field_of_view_deg = perception.horizontal_field_of_view_deg
        self._is_told = "horizontal_field_of_view_deg" in perception.model_fields_set

    @property
    def is_assumed(self) -> bool:
        """Nobody has said anything of the lens."""
        return self._lens is None and not self._is_told

    @property
    def focal_std_share(self) -> float:
        if self._lens is not None and self._lens.measured:
            return _MEASURED_SHARE
        return _ASSUMED_SHARE if self.is_assumed else _TOLD_SHARE

    @property
    def words(self) -> str:
        if self._lens is None:
            whence = "assumed" if self.is_assumed else "as set"
            return f"{self._field_of_view_deg:g}° wide, {whence}"
        wide_deg = math.degrees(self._lens.horizontal_field_of_view_rad)
        whence = "measured" if self._lens.measured else "by its maker"
        return f"{self._lens.name}, {wide_deg:.0f}° wide, {whence}"

    def lens_at(self, width_px: int, height_px: int) -> Lens:
        if self._lens is not None:
            return self._lens.at(width_px, height_px)
        return lens_of_view("assumed", width_px, height_px, self._field_of_view_deg)

    def distance(self, look: Look) -> Distance | None:
        if look.face is None or not look.face.eye_distance_px > 0:
            return None
        focal_px = self.lens_at(look.width_px, look.height_px).focal_x_px
        share = math.hypot(EYE_DISTANCE_SHARE, self.focal_std_share)
        return Distance(focal_px * EYE_DISTANCE_M / look.face.eye_distance_px, share)

    def off_axis_deg(self, look: Look) -> tuple[float, float] | None:
        """To the picture's right and downwards, of the line of sight to between the eyes."""
        if look.face is None:
            return None
        right_rad, down_rad = self.lens_at(look.width_px, look.height_px).line_rad(
            *look.face.between_eyes_px
        )
        return math.degrees(right_rad), math.degrees(down_rad)


def room_of(look: Look) -> Room | None:
    """Needs no lens: the eyes themselves are the measure."""
    face = look.face
    if face is None or not face.eye_distance_px > 0:
        return None
    m_per_px = EYE_DISTANCE_M / face.eye_distance_px
    x_px, y_px = face.between_eyes_px
    return Room(
        left_m=x_px * m_per_px,
        right_m=(look.width_px - x_px) * m_per_px,
        above_m=y_px * m_per_px,
        below_m=(look.height_px - y_px) * m_per_px,
    )
