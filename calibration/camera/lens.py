"""A lens: from a place in the picture to the line of sight through it.

In: pixels, from the picture's upper left corner, so that a picture W pixels wide has its middle at W / 2. Out: angles
against the camera's axis, radians, to the picture's right and downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Distortion = tuple[float, float, float, float, float]

NO_DISTORTION: Distortion = (0.0, 0.0, 0.0, 0.0, 0.0)
_ROUNDS = 12  # of the inversion of the distortion; more change less than 0.01 px
# Beyond these a lens is a misprint, not glass: 170 and 3 degrees of view, a sensor that is off by a fifth.
_LEAST_FOCAL_SHARE, _MOST_FOCAL_SHARE = 0.04, 20.0
_MOST_OFF_CENTER_SHARE = 0.2
_LEAST_PIXEL_RATIO = 0.8
_MOST_RADIAL, _MOST_TANGENTIAL = 10.0, 0.5
_LEAST_SIDE_PX, _MOST_SIDE_PX = 16, 16384


@dataclass(frozen=True, slots=True)
class Lens:
    """A pinhole with the distortion of Brown and Conrady, in OpenCV's order (k1, k2, p1, p2, k3).

    It belongs to pictures of `width_px` x `height_px`; `at` makes it one of another size.
    """

    name: str
    width_px: int
    height_px: int
    focal_x_px: float
    focal_y_px: float
    center_x_px: float
    center_y_px: float
    distortion: Distortion = NO_DISTORTION
    measured: bool = False  # on this very camera; else a maker's figure or an assumption

    @property
    def horizontal_field_of_view_rad(self) -> float:
        """From the left to the right edge, at half height."""
        left, _ = self.line_rad(0.0, self.center_y_px)
        right, _ = self.line_rad(float(self.width_px), self.center_y_px)
        return right - left

    def at(self, width_px: int, height_px: int) -> Lens:
        """The same lens behind a picture of another size.

        A camera that changes the shape of its picture fills the new one and cuts off what stands out, evenly on both
        sides. A mode that cuts out more than that is another lens, to be calibrated by itself.
        """
        if (width_px, height_px) == (self.width_px, self.height_px):
            return self
        scale = max(width_px / self.width_px, height_px / self.height_px)
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            focal_x_px=self.focal_x_px * scale,
            focal_y_px=self.focal_y_px * scale,
            center_x_px=width_px / 2 + (self.center_x_px - self.width_px / 2) * scale,
            center_y_px=height_px / 2 + (self.center_y_px - self.height_px / 2) * scale,
        )

    def line_rad(self, x_px: float, y_px: float) -> tuple[float, float]:
        """(to the right, downwards) of the line of sight through a place in the picture."""
        x = (x_px - self.center_x_px) / self.focal_x_px
        y = (y_px - self.center_y_px) / self.focal_y_px
        if self.distortion != NO_DISTORTION:
            x, y = self._undistorted(x, y)
        return math.atan2(x, 1.0), math.atan2(y, 1.0)

    def _undistorted(self, seen_x: float, seen_y: float) -> tuple[float, float]:
        """The fixed point that OpenCV looks for too; where it runs away, the place as it was seen."""
        k1, k2, p1, p2, k3 = self.distortion
        x, y = seen_x, seen_y
        for _ in range(_ROUNDS):
            r2 = x * x + y * y
            radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
            if radial < 0.1 or r2 > 25.0:
                return seen_x, seen_y
            across = 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
            down = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
            x, y = (seen_x - across) / radial, (seen_y - down) / radial
        return x, y


def lens_of_view(name: str, width_px: int, height_px: int, field_of_view_deg: float) -> Lens:
    """Without distortion, of which only the horizontal field of view is known."""
    focal_px = width_px / 2 / math.tan(math.radians(field_of_view_deg) / 2)
    return Lens(name, width_px, height_px, focal_px, focal_px, width_px / 2, height_px / 2)


def flaw_of(lens: Lens) -> str | None:
    """What no lens can be like, in a few words; None for a possible one."""
    sides = (lens.width_px, lens.height_px)
    if not all(_LEAST_SIDE_PX <= side <= _MOST_SIDE_PX for side in sides):
        return f"a picture of {lens.width_px} x {lens.height_px} pixels"
    numbers = (lens.focal_x_px, lens.focal_y_px, lens.center_x_px, lens.center_y_px)
    if not all(math.isfinite(number) for number in (*numbers, *lens.distortion)):
        return "a number that is not finite"
    for focal_px in numbers[:2]:
        if not _LEAST_FOCAL_SHARE <= focal_px / lens.width_px <= _MOST_FOCAL_SHARE:
            return f"a focal length of {focal_px:g} px for a picture {lens.width_px} px wide"
    if not _LEAST_PIXEL_RATIO <= lens.focal_x_px / lens.focal_y_px <= 1 / _LEAST_PIXEL_RATIO:
        return f"focal lengths of {lens.focal_x_px:g} and {lens.focal_y_px:g} px"
    off_center = (
        abs(lens.center_x_px / lens.width_px - 0.5),
        abs(lens.center_y_px / lens.height_px - 0.5),
    )
    if max(off_center) > _MOST_OFF_CENTER_SHARE:
        return f"a centre at {lens.center_x_px:g}, {lens.center_y_px:g} px"
    k1, k2, p1, p2, k3 = lens.distortion
    if max(map(abs, (k1, k2, k3))) > _MOST_RADIAL or max(abs(p1), abs(p2)) > _MOST_TANGENTIAL:
        return "a distortion that no lens has"
    return None if _unfolded(lens) else "a distortion that folds the picture over"


def _unfolded(lens: Lens) -> bool:
    """Whether what lies farther out is seen farther out, up to the picture's farthest corner."""
    k1, k2, _, _, k3 = lens.distortion
    corner = math.hypot(
        max(lens.center_x_px, lens.width_px - lens.center_x_px) / lens.focal_x_px,
        max(lens.center_y_px, lens.height_px - lens.center_y_px) / lens.focal_y_px,
    )
    steps, seen_before = 200, 0.0
    for step in range(1, steps + 1):
        # A barrel shows more than a pinhole would: what is seen at the corner lies farther out.
        r = 2.0 * corner * step / steps
        r2 = r * r
        seen = r * (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3)))
        if seen <= seen_before:
            return False
        if seen >= corner:
            return True
        seen_before = seen
    return False
