"""Faces as the vehicle will see them, with what the teacher and the renderers know of them.

In: labelled sets. Out: for each position of a stage one face, its lids moved, covered and degraded, as the crops that
the students take, each truth with a weight that is 0 where it is not known. What the teacher said was said of the
clean photograph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge_app.face.crop import FaceCrop
from edge_app.face.head_rotation import angles_of, rolled
from edge_app.face.landmark_layout import PARTS
from edge_app.face.student_crops import cut_eye, cut_face, eye_crop
from edge_app.settings_model import SettingsModel
from model_compression.augmentation.appearance import Appearance, render
from model_compression.augmentation.backgrounds import BackgroundStock
from model_compression.augmentation.crop_jitter import jittered
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.mouth_open import (
    MouthMove,
    lips_aspect,
    openness_of_lips,
    with_mouth,
)
from model_compression.augmentation.surroundings import in_surroundings
from model_compression.augmentation.upright_face import SIDES, UprightFace, upright_face, with_lids
from model_compression.data.held_out import is_held_out
from model_compression.data.labelled_face import LabelledFace, labelled_face
from model_compression.data.labelled_set import LabelledSet, load_labels
from model_compression.training.config import DataSet
from model_compression.training.seeds import generator_at

Floats = NDArray[np.float32]

_OPEN_BLINK = (
    0.35  # below, the teacher's lids can be trusted; above, it confuses shut with cast down
)
_FAR_EYE_HIDDEN_RAD = math.radians(45)
_MAX_POINT_STD = (
    0.06  # of the eye distance; more disagreement between views is no face to learn from
)


class FaceAugmentation(SettingsModel):
    """How photographs become the faces of a drive.

    What is hard to see is read as what is frequent here: open eyes must be much more frequent than shut ones, and wide
    mouths not rare.
    """

    warp_lids: bool = Field(True, description="Move lids; off for the ablation.")
    shut: float = Field(0.12, ge=0, le=1, description="Share of faces whose lids are shut.")
    partly: float = Field(0.18, ge=0, le=1, description="Share with an aperture up to 0.5.")
    narrow: float = Field(0.16, ge=0, le=1, description="Share with an aperture of 0.5 to 1.")
    wide: float = Field(0.08, ge=0, le=1, description="Share with an aperture of 1 to 1.25.")
    twin: float = Field(0.18, ge=0, le=1, description="Share resampled alike but left open.")
    wink: float = Field(0.08, ge=0, le=1, description="Share whose eyes are moved apart.")
    cover: bool = Field(True, description="Glasses, sunglasses, masks, hands, hair, caps.")
    mild: float = Field(0.55, ge=0, le=1, description="Share degraded mildly.")
    strong: float = Field(0.1, ge=0, le=1, description="Share degraded strongly.")
    emotions_untouched: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of faces with a labelled emotion that are neither warped nor covered.",
    )
    open_mouth: float = Field(
        0.45, ge=0, le=1, description="Share of mouths opened, to speak or to yawn."
    )
    surroundings: float = Field(
        0.7, ge=0, le=1, description="Share of tight photographs that get something around them."
    )
    mirror: bool = Field(True, description="Mirror every second face.")


class FaceSamples:
    """`[position] -> {name: array}`; see `sample` for the names."""

    def __init__(
        self,
        sets: Sequence[tuple[LabelledSet, float]],
        augmentation: FaceAugmentation,
        *,
        crop_px: int,
        seed: int,
        stage_index: int,
        eyes: bool,
        face: bool,
    ) -> None:
        self._augmentation = augmentation
        self._appearance = Appearance(mild=augmentation.mild, strong=augmentation.strong)
        self._uncovered = Appearance(
            sunglasses=0.0,
            clear_glasses=0.0,
            mask=0.0,
            hand=0.0,
            phone=0.0,
            scarf=0.0,
            hair=0.0,
            cap=0.0,
            beard=0.0,
            infrared=0.05,
            mild=0.5 * augmentation.mild,
            strong=0.0,
        )
        self._crop_px = crop_px
        self._seed, self._stage_index = seed, stage_index
        self._eyes, self._face = eyes, face
        self._stock = BackgroundStock(seed, count=400)
        self._rows = [(labelled, learnable_rows(labelled)) for labelled, _ in sets]
        shares = np.array(
            [weight * len(rows) for (_, weight), (_, rows) in zip(sets, self._rows, strict=True)]
        )
        self._ends = np.cumsum(shares / shares.sum())

    def __getitem__(self, position: int) -> dict[str, Any]:
        rng = generator_at(self._seed, self._stage_index, position)
        labelled, row = self._drawn(rng)
        of = labelled_face(labelled, row)
        if self._augmentation.mirror and rng.random() < 0.5:
            of = of.turned_over()
        return self.sample(of, rng)

    def draw(self, rng: np.random.Generator) -> LabelledFace:
        """A face as it is."""
        return labelled_face(*self._drawn(rng))

    def _drawn(self, rng: np.random.Generator) -> tuple[LabelledSet, int]:
        labelled, rows = self._rows[int(np.searchsorted(self._ends, rng.random(), side="right"))]
        return labelled, int(rows[rng.integers(len(rows))])

    def sample(self, of: LabelledFace, rng: np.random.Generator) -> dict[str, Any]:
        """Arrays of one face; truths come with `<name>_weight`.

        `face` (1, S, S) and `eyes` (2, 1, 48, 64) uint8; landmarks (146, 2); head_pose, gaze, openness (left, right),
        visible, iris (2, 3), mouth_openness, smile, visibility (8,), quality (3,), emotion.
        """
        settings = self._augmentation
        # Drawn apart, so that what follows is drawn alike with them and without.
        apart = np.random.default_rng(rng.integers(2**63))
        if self._face and apart.random() < settings.surroundings:
            of = in_surroundings(of, self._stock, apart)
        face = upright_face(of.picture, of.points)
        mouth = of.mouth_openness()[0]
        if self._face and settings.open_mouth and apart.random() < settings.open_mouth:
            face, mouth = _opened(face, mouth, apart)
        openness, known = _natural_openness(face, of)
        # An emotion is in the eyes and the mouth: most faces that carry one stay as they are.
        as_it_is = of.emotion >= 0 and rng.random() < settings.emotions_untouched
        moves = self._moves(rng, of) if settings.warp_lids and not as_it_is else {}
        if moves:
            for index, side in enumerate(SIDES):
                move = moves[side]
                if move.twin:
                    continue
                if not face.lids_can_move(side):
                    known[index] = 0.0
                    continue
                if move.aperture == 0:
                    openness[index], known[index] = 0.0, 1.0
                else:
                    openness[index] *= move.aperture
            face = with_lids(face, moves)
        known *= _eyes_in_view(of.rotation)
        turned = any(move.look_down or move.look_aside for move in moves.values())
        visibility = np.full(8, np.nan, dtype=np.float32)
        quality = np.full(3, np.nan, dtype=np.float32)
        if settings.cover:
            rendered = render(
                face.picture,
                face.points,
                rng,
                self._uncovered if as_it_is else self._appearance,
                source_scale=face.crop.side_px * face.source_scale / 112,
            )
            face = replace(face, picture=rendered.picture)
            visibility = rendered.visibility
            quality[:] = rendered.blur, rendered.exposure, rendered.resolution
        crop = jittered(face.crop, rng)
        sample: dict[str, Any] = {}
        if self._eyes:
            sample.update(_eye_pictures(face, rng))
            sample["openness"] = openness
            sample["openness_weight"] = known
            sample["visible"] = visibility[1:3]
        if self._face:
            sample.update(self._face_truth(face, crop, of, mouth))
            sample["eye_openness_face"] = openness
            sample["eye_openness_face_weight"] = known
            sample["visibility"], sample["quality"] = visibility, quality
            if not as_it_is and (moves or settings.cover):
                sample["emotion"] = np.int64(-1)
            if turned:
                sample["gaze_weight"] = np.float32(0.0)
        return sample

    def _moves(self, rng: np.random.Generator, of: LabelledFace) -> dict[str, LidMove]:
        settings = self._augmentation
        if rng.random() > (
            settings.shut + settings.partly + settings.narrow + settings.wide + settings.twin
        ):
            return {}
        one, other = self._move(rng), self._move(rng)
        if rng.random() >= settings.wink:
            tremble = float(np.clip(rng.normal(1, 0.08), 0.7, 1.3))
            other = LidMove(
                aperture=one.aperture * tremble,
                lower_share=one.lower_share,
                skin_profile=one.skin_profile,
                look_down=one.look_down,
                look_aside=one.look_aside,
                lash_darkness=one.lash_darkness,
                lash_width=one.lash_width,
                twin=one.twin,
            )
        moves = {"left": one, "right": other}
        for side in SIDES:
            # Lids that may be half shut already can be shut, not scaled: their aperture is not known.
            if of.blink(side) >= _OPEN_BLINK:
                moves[side] = LidMove(
                    aperture=1.0 if moves[side].aperture > 0 else 0.0,
                    lash_darkness=moves[side].lash_darkness,
                    twin=moves[side].twin,
                )
        return moves

    def _move(self, rng: np.random.Generator) -> LidMove:
        settings = self._augmentation
        shares = np.array(
            [settings.shut, settings.partly, settings.narrow, settings.wide, settings.twin]
        )
        kind = int(rng.choice(5, p=shares / shares.sum()))
        low, high = ((0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.25), (0.0, 0.9))[kind]
        aperture = float(rng.uniform(low, high))
        down = 0.0
        if kind in (1, 2) and rng.random() < 0.5:  # the ball follows lids that are cast down
            down = float(rng.uniform(0, 0.7)) * (1 - aperture)
        return LidMove(
            aperture=aperture,
            lower_share=float(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.1, 0.5)])),
            skin_profile=float(rng.uniform(1.0, 1.6)),
            look_down=down,
            look_aside=float(rng.uniform(-0.9, 0.9)) if rng.random() < 0.45 else 0.0,
            lash_darkness=float(rng.uniform(0, 0.6)) if rng.random() < 0.5 else 0.0,
            lash_width=float(rng.uniform(0.015, 0.05)),
            twin=kind == 4,
        )

    def _face_truth(
        self, face: UprightFace, crop: FaceCrop, of: LabelledFace, mouth: float
    ) -> dict[str, Any]:
        cut = cut_face(face.picture, crop, self._crop_px)
        matrix = crop.frame_to_crop(1)
        points = face.points @ matrix[:, :2].T + matrix[:, 2] - 0.5
        rotation = rolled(of.rotation, -of.eye_line_roll_rad - crop.roll_rad)
        point_std = of.point_std / of.eye_distance_px
        mouth_std = of.mouth_openness()[1]
        return {
            "face": cut[None],
            "landmarks": points.astype(np.float32),
            "landmarks_weight": _trust(point_std, 0.015),
            "head_pose": np.array(angles_of(rotation), dtype=np.float32),
            "head_pose_weight": _trust(of.rotation_std_rad, 0.05),
            "gaze": of.gaze(),
            "gaze_weight": np.float32(1.0),
            "mouth_openness": np.float32(mouth),
            "mouth_openness_weight": _trust(mouth_std, 0.1),
            "smile": np.float32(of.smile()),
            "emotion": np.int64(of.emotion),
            "is_face": np.float32(1.0),
        }


def _opened(face: UprightFace, mouth: float, rng: np.random.Generator) -> tuple[UprightFace, float]:
    """The face with its mouth opened further, and how open the teacher would call it."""
    opened = with_mouth(face, MouthMove.drawn(rng))
    further = openness_of_lips(lips_aspect(opened)) - openness_of_lips(lips_aspect(face))
    return opened, min(1.0, mouth + max(0.0, further))


def _natural_openness(face: UprightFace, of: LabelledFace) -> tuple[Floats, Floats]:
    """(2,) openness of the photograph as it is, and how far it can be trusted."""
    openness = np.array([face.openness(side) for side in SIDES], dtype=np.float32)
    known = np.array([of.blink(side) < _OPEN_BLINK for side in SIDES], dtype=np.float32)
    return openness, known


def _eyes_in_view(rotation: Floats) -> Floats:
    """(2,) left and right: 0 for an eye that the nose's bridge begins to hide."""
    yaw = angles_of(rotation)[0]
    return np.array([yaw < _FAR_EYE_HIDDEN_RAD, yaw > -_FAR_EYE_HIDDEN_RAD], dtype=np.float32)


def _trust(deviation: Any, half_at: float) -> Any:
    """Weight of a teacher's word by how much its views disagree."""
    return np.float32(1.0) / np.float32(1 + (deviation / half_at) ** 2)


def open_sets(sets: Sequence[DataSet]) -> list[tuple[LabelledSet, float]]:
    """The sets by name with their weights."""
    return [(load_labels(chosen.name), chosen.weight) for chosen in sets]


def learnable_rows(labelled: LabelledSet) -> NDArray[np.int64]:
    """Rows with a face on which the teacher's views agree, of people who are not held out."""
    labels = labelled.labels
    rows = np.flatnonzero(labels.found)
    eyes = [
        labels.landmarks[rows][:, PARTS[f"eyelid_{side}"]][:, [0, 8]].mean(axis=1) for side in SIDES
    ]
    distance = np.maximum(np.hypot(*(eyes[0] - eyes[1]).T), 1e-3)
    agreed = np.median(labels.landmark_std[rows], axis=1) / distance < _MAX_POINT_STD
    mine = np.array(
        [not is_held_out(labelled.name, str(person)) for person in labels.person[rows]], dtype=bool
    )
    learnable: NDArray[np.int64] = rows[agreed & mine]
    return learnable


def held_out_rows(labelled: LabelledSet) -> NDArray[np.int64]:
    """Rows of the people who are never learned from."""
    labels = labelled.labels
    return np.array(
        [
            row
            for row in np.flatnonzero(labels.found)
            if is_held_out(labelled.name, str(labels.person[row]))
        ],
        dtype=np.int64,
    )


def _eye_pictures(face: UprightFace, rng: np.random.Generator) -> dict[str, Any]:
    pictures, irises = [], []
    offset = rng.normal(0, 0.03, 2)  # both crops come from one estimate of the face
    scale, roll = math.exp(rng.normal(0, 0.05)), float(rng.normal(0, 0.06))
    for side in SIDES:
        exact = eye_crop(face.eye_center(side), face.crop)
        # The eye that is turned away is misplaced most, along the line of its corners.
        own = (0.07, 0.03) if rng.random() < 0.3 else (0.02, 0.02)
        shift = (offset + rng.normal(0, own)) * exact.side_px
        crop = FaceCrop(
            exact.center_x_px + float(shift[0]),
            exact.center_y_px + float(shift[1]),
            exact.side_px * scale,
            roll,
        )
        mirrored = side == "right"
        cut = cut_eye(face.picture, crop, mirrored=mirrored)
        pictures.append(cut[None])
        irises.append(_iris(face.points[PARTS[f"iris_{side}"]], crop, mirrored))
    return {
        "eyes": np.stack(pictures),
        "iris": np.stack(irises).astype(np.float32),
    }


def _iris(points: Floats, crop: FaceCrop, mirrored: bool) -> Floats:
    """(5, 2) px -> x, y, radius in widths of the eye picture."""
    matrix = crop.frame_to_crop(1)
    x, y = matrix[:, :2] @ points[0] + matrix[:, 2] - 0.5
    radius = np.hypot(*(points[1:] - points[0]).T).mean() / crop.side_px
    return np.array([-x if mirrored else x, y, radius], dtype=np.float32)
