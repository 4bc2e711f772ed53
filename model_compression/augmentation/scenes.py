"""Whole frames for the detector, composed of portraits, backgrounds and things that are no faces.

Out: a frame with the five points of every face to be found and the boxes where nothing is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from model_compression.augmentation.backgrounds import BackgroundStock, body
from model_compression.augmentation.frame_light import lit, recorded
from model_compression.augmentation.non_faces import (
    face_covered,
    face_taken_away,
    leftover,
)
from model_compression.augmentation.portraits import (
    Floats,
    Luma,
    Portrait,
    Portraits,
    face_square,
)
from model_compression.augmentation.scene_stage import (
    SMALLEST_PX,
    Placed,
    Scene,
    Stage,
    area_scale,
    warped,
)

Random = np.random.Generator

_MIRRORED = [1, 0, 2, 4, 3]  # rows of the five points in a mirrored picture
_TURNED_SHARE = 0.5
_FRAMES = (
    (4, 3, 0.5),
    (16, 9, 0.3),
    (1, 1, 0.1),
    (3, 4, 0.05),
    (5, 4, 0.05),
)  # width : height, share


class SceneComposer:
    """`compose(rng)` gives one scene whose longer side is `size_px`."""

    def __init__(self, portraits: Portraits, stock: BackgroundStock, *, size_px: int) -> None:
        self._portraits = portraits
        self._stock = stock
        self._size_px = size_px
        self._kinds: tuple[tuple[Callable[[Random, Stage], None], float], ...] = (
            (self._photograph, 0.28),
            (self._people, 0.3),
            (self._mosaic, 0.24),
            (self._nobody, 0.18),
        )

    def compose(self, rng: Random, *, empty: bool | None = None) -> Scene:
        """empty: True, a scene without a face; False, with at least the attempt of one; None: as it comes."""
        ratio = int(rng.choice(len(_FRAMES), p=[share for *_, share in _FRAMES]))
        across, down, _ = _FRAMES[ratio]
        width = round(self._size_px * min(1.0, across / down))
        height = round(self._size_px * min(1.0, down / across))
        stage = Stage(self._backdrop(rng, height, width))
        if empty:
            self._nobody(rng, stage)
        else:
            kinds = self._kinds[:-1] if empty is False else self._kinds
            shares = np.array([share for _, share in kinds])
            kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))][0](rng, stage)
        if rng.random() < 0.12:
            self._before_all(rng, stage)
        target = None
        if stage.faces:
            x, y, side, _ = face_square(stage.faces[-1].points)
            target = (x, y, side)
        frame = recorded(rng, lit(rng, stage.frame, target))
        return stage.finished(frame, SMALLEST_PX)

    # What a scene may be.

    def _photograph(self, rng: Random, stage: Stage) -> None:
        """One photograph with its own surroundings, which fills the frame as far as it reaches."""
        height, width = stage.frame.shape
        chosen = self._portraits.draw(rng, whole=True, turned_share=_TURNED_SHARE)
        portrait = self._dressed(rng, chosen)
        side = _side(rng, 0.16 * height, 1.1 * height)
        matrix = self._placement(rng, stage, portrait, side, own_roll=True)
        if rng.random() < 0.3:
            aliased = rng.random() < 0.15
            stage.frame = warped(portrait.luma, matrix, (width, height), aliased=aliased)
            self._note(stage, portrait, matrix)
            return
        self._lay(rng, stage, portrait, matrix, None)

    def _people(self, rng: Random, stage: Stage) -> None:
        """One to three people before a background, each on a body or not."""
        height = stage.frame.shape[0]
        self._clutter(rng, stage, int(rng.integers(0, 3)))
        count = int(rng.choice([1, 2, 3], p=[0.38, 0.42, 0.2]))
        if rng.random() < 0.7:  # as a camera in a cabin sees them
            common = _side(rng, 0.16 * height, 0.75 * height / math.sqrt(count))
        else:
            common = _side(rng, 0.07 * height, 0.2 * height)
        for _ in range(count):
            chosen = self._portraits.draw(rng, turned_share=_TURNED_SHARE)
            portrait = self._dressed(rng, chosen)
            side = float(np.clip(common * math.exp(rng.normal(0, 0.3)), 5, 0.9 * height))
            matrix = self._placement(rng, stage, portrait, side, own_roll=False)
            points = _placed_points(portrait, matrix)
            if self._hides_another(stage, points):
                continue
            if rng.random() < 0.5:
                chin = portrait.outline[18] @ matrix[:, :2].T + matrix[:, 2]
                body(rng, stage.frame, (float(chin[0]), float(chin[1])), 1.1 * side)
            self._lay(rng, stage, portrait, matrix, _head_outline(rng, portrait))

    def _mosaic(self, rng: Random, stage: Stage) -> None:
        """Photographs side by side: many faces, all with real surroundings."""
        height, width = stage.frame.shape
        across = int(rng.choice([2, 3, 4, 5], p=[0.3, 0.35, 0.2, 0.15]))
        down = max(1, round(across * height / width * rng.uniform(0.8, 1.2)))
        tile_w, tile_h = width / across, height / down
        for row in range(down):
            for column in range(across):
                portrait = self._portraits.draw(rng, whole=True)
                empty = rng.random() < 0.3
                picture = face_taken_away(rng, portrait, self._stock) if empty else portrait.luma
                h, w = picture.shape
                scale = max(tile_w / w, tile_h / h) * rng.uniform(0.9, 1.2)
                flip = -1.0 if rng.random() < 0.5 else 1.0
                matrix = np.array([[flip * scale, 0, 0], [0, scale, 0]], np.float32)
                middle = np.array([(column + 0.5) * tile_w - 0.5, (row + 0.5) * tile_h - 0.5])
                x, y, _, _ = face_square(portrait.points)
                aim = np.array([x, y]) + rng.normal(0, 0.05, 2) * (w, h)
                matrix[:, 2] = middle - matrix[:, :2] @ aim
                left, top = round(column * tile_w), round(row * tile_h)
                right, bottom = round((column + 1) * tile_w), round((row + 1) * tile_h)
                moved = matrix.copy()
                moved[:, 2] -= (left, top)
                stage.frame[top:bottom, left:right] = warped(
                    picture, moved, (right - left, bottom - top), aliased=rng.random() < 0.1
                )
                if not empty:
                    self._note(stage, portrait, matrix, within=(left, top, right, bottom))

    def _nobody(self, rng: Random, stage: Stage) -> None:
        """Background, clutter, and photographs whose face has been taken away."""
        height, width = stage.frame.shape
        if rng.random() < 0.45:
            portrait = self._portraits.draw(rng, whole=True)
            side = _side(rng, 0.16 * height, 1.1 * height)
            matrix = self._placement(rng, stage, portrait, side, own_roll=True)
            picture = face_taken_away(rng, portrait, self._stock)
            if rng.random() < 0.5:
                stage.frame = warped(picture, matrix, (width, height), aliased=False)
            else:
                stage.put(picture, matrix, None, softness_px=0.0, tone=(1.0, 0.0), aliased=False)
            self._note_others(stage, portrait, matrix)
        self._clutter(rng, stage, int(rng.integers(0, 5)))

    # What scenes are made of.

    def _backdrop(self, rng: Random, height: int, width: int) -> Luma:
        if rng.random() < 0.3:
            surroundings = self._surroundings(rng, height, width)
            if surroundings is not None:
                return surroundings
        return self._stock.cut(rng, height, width).copy()

    def _surroundings(self, rng: Random, height: int, width: int) -> Luma | None:
        """A strip of a photograph beside its face, repeated mirrored."""
        portrait = self._portraits.draw(rng, whole=True)
        if len(portrait.others):
            return None
        h, w = portrait.luma.shape
        low, high = portrait.landmarks.min(axis=0), portrait.landmarks.max(axis=0)
        reach = high - low
        strips = (
            portrait.luma[:, : max(0, int(low[0] - 0.15 * reach[0]))],
            portrait.luma[:, int(min(w, high[0] + 0.15 * reach[0])) :],
            portrait.luma[: max(0, int(low[1] - 0.3 * reach[1]))],
            portrait.luma[int(min(h, high[1] + 0.1 * reach[1])) :],
        )
        strip = strips[int(rng.integers(4))]
        if min(strip.shape) < 24:
            return None
        scale = max(height, width) / max(strip.shape) * rng.uniform(0.6, 2.0)
        turn = float(rng.normal(0, 10) + 90 * int(rng.integers(4)))
        matrix = cv2.getRotationMatrix2D((strip.shape[1] / 2, strip.shape[0] / 2), turn, scale)
        matrix[:, 2] += (width / 2 - strip.shape[1] / 2, height / 2 - strip.shape[0] / 2)
        small = matrix.astype(np.float32)
        return warped(strip, small, (width, height), aliased=False, border=cv2.BORDER_REFLECT)

    def _clutter(self, rng: Random, stage: Stage, count: int) -> None:
        """Things that are no faces: heads without one, parts of faces, cards of background."""
        height = stage.frame.shape[0]
        for _ in range(count):
            portrait = self._portraits.draw(rng)
            side = _side(
                rng, 0.13 * height, 0.7 * height
            )  # smaller ones look like faces to anybody
            kind = rng.random()
            if kind < 0.5:
                matrix = self._placement(rng, stage, portrait, side, own_roll=False)
                picture = face_taken_away(rng, portrait, self._stock)
                outline = _head_outline(rng, portrait)
            else:
                picture = (
                    leftover(rng, portrait)
                    if kind < 0.8
                    else self._stock.cut(rng, 64, int(rng.integers(32, 128)))
                )
                turn, scale = rng.uniform(-math.pi, math.pi), side / max(picture.shape)
                matrix = _affine(turn, scale, scale)
                middle = rng.uniform(0, 1, 2) * stage.frame.shape[::-1]
                matrix[:, 2] = middle - matrix[:, :2] @ (np.array(picture.shape[::-1]) / 2)
                outline = None
            tone = (float(rng.uniform(0.5, 1.2)), float(rng.uniform(-30, 40)))
            softness = float(rng.choice([0.0, rng.uniform(0.5, 0.05 * side + 0.6)]))
            stage.put(picture, matrix, outline, softness_px=softness, tone=tone, aliased=False)

    def _before_all(self, rng: Random, stage: Stage) -> None:
        """Something in front that may cut faces off: a pillar, a bar, a card."""
        height, width = stage.frame.shape
        w, h = int(rng.uniform(0.05, 0.4) * width), int(rng.uniform(0.05, 0.6) * height)
        picture = self._stock.cut(rng, max(4, h), max(4, w))
        matrix = _affine(float(rng.normal(0, 0.2)), 1.0, 1.0)
        matrix[:, 2] = rng.uniform(-0.2, 1.0, 2) * (width, height)
        stage.put(picture, matrix, None, softness_px=0.0, tone=(1.0, 0.0), aliased=False)

    def _dressed(self, rng: Random, portrait: Portrait) -> Portrait:
        """With something on or before the face, sometimes."""
        if rng.random() >= 0.25:
            return portrait
        luma = face_covered(rng, portrait, self._stock)
        return replace(portrait, luma=luma)

    def _placement(
        self, rng: Random, stage: Stage, portrait: Portrait, side: float, *, own_roll: bool
    ) -> Floats:
        """(2, 3): the portrait's face gets a box of `side` px somewhere in the frame, rolled and a little stretched."""
        height, width = stage.frame.shape
        x, y, own_side, roll = face_square(portrait.points)
        wild = rng.random() < (0.15 if own_roll else 0.3)
        wanted = rng.uniform(-0.9, 0.9) if wild else rng.normal(0, 0.22)
        flip = -1.0 if rng.random() < 0.5 else 1.0
        turn = wanted * (1.0 if wild else 0.5) if own_roll else wanted - flip * roll
        stretch = math.exp(rng.normal(0, 0.06))
        if rng.random() < 0.12:
            stretch *= rng.uniform(0.75, 1.0)  # a narrower face, as when the head turns
        matrix = _affine(turn, flip * side / own_side * stretch, side / own_side / stretch)
        reach = (
            0.35 * side if rng.random() < 0.8 else 0.0
        )  # now and then cut off by the frame's edge
        low = np.minimum(np.array([reach, reach]), (width / 2, height / 2))
        spot = rng.uniform(low, np.array([width, height]) - low)
        matrix[:, 2] = spot - matrix[:, :2] @ (x, y)
        return matrix

    def _hides_another(self, stage: Stage, points: Floats) -> bool:
        x, y, side, _ = face_square(points)
        for placed in stage.faces:
            other_x, other_y, other_side, _ = face_square(placed.points)
            if max(abs(x - other_x), abs(y - other_y)) < 0.6 * (side + other_side):
                return True
        return False

    def _lay(
        self, rng: Random, stage: Stage, portrait: Portrait, matrix: Floats, outline: Floats | None
    ) -> None:
        scale = math.sqrt(abs(area_scale(matrix)))
        soft = rng.random() < 0.7
        softness = (
            float(rng.uniform(0.3, 0.04 * scale * max(portrait.luma.shape) + 0.5)) if soft else 0.0
        )
        tone = (float(rng.uniform(0.6, 1.15)), float(rng.uniform(-30, 40)))
        aliased = rng.random() < 0.15
        stage.put(portrait.luma, matrix, outline, softness_px=softness, tone=tone, aliased=aliased)
        self._note(stage, portrait, matrix)

    def _note(
        self,
        stage: Stage,
        portrait: Portrait,
        matrix: Floats,
        within: tuple[int, int, int, int] | None = None,
    ) -> None:
        points = _placed_points(portrait, matrix)
        hidden = 0.0
        if within is not None:
            x, y, side, _ = face_square(points)
            shown_x = min(within[2], x + side / 2) - max(within[0], x - side / 2)
            shown_y = min(within[3], y + side / 2) - max(within[1], y - side / 2)
            hidden = 1.0 - max(0.0, shown_x) * max(0.0, shown_y) / (side * side)
        stage.faces.append(Placed(points, hidden))
        self._note_others(stage, portrait, matrix)

    def _note_others(self, stage: Stage, portrait: Portrait, matrix: Floats) -> None:
        for left, top, right, bottom in portrait.others:
            corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
            moved = corners @ matrix[:, :2].T + matrix[:, 2] + 0.5
            stage.ignored.append(
                np.concatenate([moved.min(axis=0), moved.max(axis=0)]).astype(np.float32)
            )


def _side(rng: Random, low: float, high: float) -> float:
    """Sizes spread evenly over octaves, as distances from a camera are."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _affine(turn_rad: float, scale_x: float, scale_y: float) -> Floats:
    cos, sin = math.cos(turn_rad), math.sin(turn_rad)
    return np.array(
        [[cos * scale_x, -sin * scale_y, 0.0], [sin * scale_x, cos * scale_y, 0.0]], np.float32
    )


def _placed_points(portrait: Portrait, matrix: Floats) -> Floats:
    points = portrait.points @ matrix[:, :2].T + matrix[:, 2] + np.float32(0.5)
    if area_scale(matrix) < 0:
        points = points[_MIRRORED]
    return points.astype(np.float32)


def _head_outline(rng: Random, portrait: Portrait) -> Floats | None:
    """(N, 2) px of the portrait: the face with more or less of its hair, or the whole picture."""
    if portrait.tight and rng.random() < 0.5:
        return None
    if not portrait.tight and rng.random() < 0.25:
        return None
    oval = portrait.outline
    middle = oval.mean(axis=0)
    up = oval[0] - middle
    wider, higher = rng.uniform(1.0, 1.5), rng.uniform(0.0, 0.7)
    rise = np.clip((oval - middle) @ up / float(up @ up), 0, 1)[:, None]
    grown: Floats = (middle + (oval - middle) * wider + up * rise * higher).astype(np.float32)
    return np.clip(grown, -0.5, np.array(portrait.luma.shape[::-1], np.float32) - np.float32(0.5))
