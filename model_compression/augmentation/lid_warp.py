"""Eyelids moved along the contour that the teacher found: any aperture from shut to wide, with exact truth.

The upper lid comes down over a ball that stays where it is, as lids do: the skin between brow and lashes is stretched,
nothing of the eye is squeezed. The displacement is a map of one picture, so that a sample is resampled once. For every
closure there is a twin that leaves the lids where they are and stretches the same skin by moving the brow, so that
resampling itself is no cue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
Map = NDArray[np.float32]

_CORNER_ROW = 8  # rows of an eyelid: 0 outer corner, 1-7 lower lid, 8 inner corner, 9-15 upper lid
_CHEEK_EYE_WIDTHS = 0.5  # how far below the lower lid its skin is moved
_WHITE_FROM = 0.2  # of an eye's width: nearer to its corner lies lash and skin


@dataclass(frozen=True, slots=True)
class LidMove:
    """What is done to one eye. `aperture` 1 leaves the lids alone, 0 shuts them, above 1 opens them wide."""

    aperture: float
    lower_share: float = 0.1  # of the closing, done by the lower lid
    skin_profile: float = 1.0  # 1: the skin is stretched evenly; above: most of it near the lashes
    look_down: float = 0.0  # how far the ball is turned down, in gaps of the open eye
    look_aside: float = 0.0  # to the picture's right, in gaps of the open eye
    lash_darkness: float = 0.0  # 0..1, the line drawn along the upper lid's edge
    lash_width: float = 0.035  # in widths of the eye
    twin: bool = False  # resample alike, but leave the aperture as it is


@dataclass(frozen=True, slots=True)
class LidLines:
    """An eye's lids as heights over columns of a picture, px."""

    first_column: float
    last_column: float
    upper: NDArray[np.float64]  # polynomial of the column, relative to the corner line
    lower: NDArray[np.float64]
    corner: tuple[float, float]  # height of the corner line: slope, offset
    brow_y: float  # lower edge of the brow over the eye's middle

    @property
    def width_px(self) -> float:
        return self.last_column - self.first_column

    def shifted(self, x_px: float, y_px: float) -> LidLines:
        """The same lids in a picture whose origin lies at (x_px, y_px) of this one."""
        slope, offset = self.corner
        return replace(
            self,
            first_column=self.first_column - x_px,
            last_column=self.last_column - x_px,
            corner=(slope, offset + slope * x_px - y_px),
            brow_y=self.brow_y - y_px,
        )

    def gap_px(self) -> float:
        """Largest distance between the lids."""
        columns = np.linspace(self.first_column, self.last_column, 33)
        upper, lower = self.at(columns)
        return float((lower - upper).max())

    def at(self, columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Heights of the upper and the lower lid over `columns`."""
        base = self.corner[0] * columns + self.corner[1]
        u = (columns - self.first_column) / max(self.width_px, 1e-6)
        bump = u * (1 - u)  # both lids meet in the corners; shut, both may hang below their line
        upper = base - _quadratic(self.upper, u) * bump
        lower = base + _quadratic(self.lower, u) * bump
        return upper, np.maximum(lower, upper)


def lid_lines(eyelid: Points, brow: Points) -> LidLines:
    """eyelid: (16, 2), brow: (10, 2) px in a picture in which the face is upright (within some 25 degrees)."""
    outer, inner = eyelid[0].astype(np.float64), eyelid[_CORNER_ROW].astype(np.float64)
    left, right = (outer, inner) if outer[0] < inner[0] else (inner, outer)
    width = max(right[0] - left[0], 1e-3)
    slope = (right[1] - left[1]) / width
    offset = left[1] - slope * left[0]

    def fitted(rows: slice, sign: float) -> NDArray[np.float64]:
        points = eyelid[rows].astype(np.float64)
        u = np.clip((points[:, 0] - left[0]) / width, 0.04, 0.96)
        height = sign * (points[:, 1] - (slope * points[:, 0] + offset))
        bump = u * (1 - u)
        # Least squares of height = bump * (a u^2 + b u + c).
        terms = np.stack([u * u, u, np.ones_like(u)], axis=1) * bump[:, None]
        solution: NDArray[np.float64] = np.linalg.solve(
            terms.T @ terms + 1e-9 * np.eye(3), terms.T @ height
        )
        return solution

    return LidLines(
        first_column=float(left[0]),
        last_column=float(right[0]),
        upper=fitted(slice(9, 16), -1.0),
        lower=fitted(slice(1, 8), 1.0),
        corner=(float(slope), float(offset)),
        brow_y=float(np.sort(brow[:, 1])[-5:].mean()),
    )


@dataclass(slots=True)
class LidLayers:
    """A picture to be made: what each pixel shows of the picture as it is, once as skin and once as eyeball."""

    skin: Map  # (H, W, 2) x, y
    ball: Map  # (H, W, 2) x, y
    ball_share: NDArray[np.float32]  # (H, W) 0 skin .. 1 eyeball
    lashes: NDArray[np.float32]  # (H, W) 0..1, darkening

    @classmethod
    def still(cls, height: int, width: int) -> LidLayers:
        """Nothing moved yet: every pixel shows itself."""
        columns, rows = np.meshgrid(
            np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        )
        itself = np.stack([columns, rows], axis=2)
        nothing = np.zeros((height, width), dtype=np.float32)
        return cls(itself, itself.copy(), nothing, nothing.copy())

    def render(
        self, picture: NDArray[np.uint8], to_picture: NDArray[np.float32], lash_luma: float
    ) -> NDArray[np.uint8]:
        """picture: (h, w) -> (H, W). to_picture: affine (2, 3) from these layers' pixels to the picture's."""
        made = _shown(picture, self.skin, to_picture)
        if self.ball_share.any():
            ball = _shown(picture, self.ball, to_picture)
            made += (ball - made) * self.ball_share
        made += (lash_luma - made) * self.lashes
        rounded: NDArray[np.uint8] = np.clip(made + 0.5, 0, 255).astype(np.uint8)
        return rounded


def move_lids(layers: LidLayers, lines: LidLines, move: LidMove) -> None:
    """Move one eye's lids in `layers`. lines: in the layers' pixels."""
    height, width = layers.ball_share.shape
    first = max(0, int(np.ceil(lines.first_column)))
    last = min(width - 1, int(np.floor(lines.last_column)))
    if last <= first:
        return
    columns = np.arange(first, last + 1, dtype=np.float64)
    upper, lower = lines.at(columns)
    gap = lower - upper
    open_gap = max(lines.gap_px(), 1e-3)
    closing = (1.0 - move.aperture) * gap
    skin_top = np.minimum(lines.brow_y, upper - np.maximum(0.8 * gap, 0.12 * lines.width_px))
    cheek = lower + _CHEEK_EYE_WIDTHS * lines.width_px
    rows = np.arange(height, dtype=np.float64)[:, None]
    skin_y = np.repeat(rows, len(columns), axis=1)
    if move.twin:
        shift = np.clip(closing, -0.6 * gap, None)
        moved_top, new_upper, new_lower = skin_top - shift, upper, lower
        forehead = moved_top - 0.5 * lines.width_px - np.maximum(shift, 0)
        far = (rows >= forehead) & (rows < moved_top)
        skin_y = np.where(far, _between(rows, forehead, moved_top, forehead, skin_top), skin_y)
    else:
        moved_top = skin_top
        new_upper = upper + closing * (1 - move.lower_share)
        new_lower = np.maximum(lower - closing * move.lower_share, new_upper)
    # The lid's skin ends at its edge; below the middle of the opening begins the other lid's.
    middle = (new_upper + new_lower) / 2
    share = np.clip((rows - moved_top) / np.maximum(new_upper - moved_top, 1e-3), 0, 1)
    on_upper = (rows >= moved_top) & (rows < middle)
    skin_y = np.where(on_upper, skin_top + (upper - skin_top) * share**move.skin_profile, skin_y)
    on_lower = (rows >= middle) & (rows < cheek)
    below = _between(np.maximum(rows, new_lower), new_lower, cheek, lower, cheek)
    skin_y = np.where(on_lower, below, skin_y)
    window = (slice(None), slice(first, last + 1))
    layers.skin[(*window, 1)] = skin_y
    if move.aperture > 1 and not move.twin:
        ball_y = _between(rows, new_upper, new_lower, upper, lower)
    else:
        ball_y = rows - move.look_down * open_gap
        # What the upper lid had covered is not known: the ball just below it stands in.
        ball_y = np.where(ball_y < upper, np.minimum(2 * upper - ball_y, lower), ball_y)
    layers.ball[(*window, 1)] = ball_y
    # What the corner had covered is not known either: the white before it stands in.
    aside_px = move.look_aside * open_gap
    before_corner = 1 + min(_WHITE_FROM * lines.width_px, abs(aside_px))
    layers.ball[(*window, 0)] = np.clip(
        columns - aside_px, lines.first_column + before_corner, lines.last_column - before_corner
    )
    layers.ball_share[window] = (
        np.clip(rows - new_upper + 0.5, 0, 1)
        * np.clip(new_lower - rows + 0.5, 0, 1)
        * np.clip((new_lower - new_upper), 0, 1)
    )
    if move.lash_darkness > 0:
        sigma = max(move.lash_width * lines.width_px, 0.5)
        line = np.exp(-0.5 * ((rows - new_upper) / sigma) ** 2)
        layers.lashes[window] = move.lash_darkness * line * np.sqrt(np.clip(gap / open_gap, 0, 1))


def _shown(
    picture: NDArray[np.uint8], shown: Map, to_picture: NDArray[np.float32]
) -> NDArray[np.float32]:
    source = (shown @ to_picture[:, :2].T + to_picture[:, 2]).astype(np.float32)
    remapped = cv2.remap(
        picture,
        source[..., 0],
        source[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(remapped, dtype=np.float32)


def _quadratic(terms: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
    value: NDArray[np.float64] = (terms[0] * u + terms[1]) * u + terms[2]
    return value


def _between(
    rows: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    source_start: NDArray[np.float64],
    source_end: NDArray[np.float64],
) -> NDArray[np.float64]:
    share = (rows - start) / np.maximum(end - start, 1e-3)
    return source_start + (source_end - source_start) * share
