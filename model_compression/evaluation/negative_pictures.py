"""`negatives:builtin`: pictures without a human face, the same ones each time, several hundred of several families.

Photographs that scikit-image carries (where it is installed; those with people left out), squares cut out of them,
background patches of its face set, textures drawn here, and, where VIGIL_DATA has them and the teacher can say where
the faces are, parts of cabins and rooms beside the people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.clip_frames import frames_of
from model_compression.evaluation.near_duplicates import clusters_of, thumbnail
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.teacher import Teacher
from model_compression.evaluation.textures import TEXTURES, texture

Image = NDArray[np.uint8]

_LEFT_OUT = {
    "astronaut",  # a person
    "camera",  # a person
    "coins",  # portraits in relief
    "page",  # libpng complains of its colour profile
}
_TEXTURE_COUNT = 300
_TILES, _TILE_PX = 5, 256
_PATCH_PX = 25  # of scikit-image's face set, whose second hundred shows backgrounds
_STILLS, _CLIP_EVERY = 100, 60
_HEAD = 1.0  # width and height of what counts as a person's, in sides of the teacher's crop
_LEAST_PX = 110  # of a side of a part worth looking at


@dataclass(frozen=True, slots=True)
class NegativePicture:
    name: str
    family: str
    source: str  # the photograph, generator, clip or recording that it shares with others
    image: Image  # (H, W, 3) BGR


def builtin_pictures(data: Path | None, teacher: Teacher | None) -> Iterator[NegativePicture]:
    """data: the folder with `yawdd` and `webcam`."""
    yield from _photographs()
    for number in range(_TEXTURE_COUNT):
        kind = TEXTURES[number % len(TEXTURES)]
        yield NegativePicture(f"{kind}-{number}", "texture", kind, texture(kind, seed=number))
    if data is not None and teacher is not None:
        yield from cabin_pictures(data, teacher)


def cabin_pictures(data: Path, teacher: Teacher) -> Iterator[NegativePicture]:
    """What is beside the people of the in-car and webcam frames in `data`."""
    for name, source, image in _scenes(data):
        yield from _beside_people(name, source, image, teacher)


def _photographs() -> Iterator[NegativePicture]:
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parent / "data"
    random = np.random.default_rng(0)
    for path in sorted(folder.glob("*")):
        if path.suffix not in (".png", ".jpg") or path.stem in _LEFT_OUT:
            continue
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None or min(image.shape[:2]) < _LEAST_PX:
            continue
        picture = np.asarray(image, dtype=np.uint8)
        yield NegativePicture(path.stem, "photograph", path.stem, picture)
        yield from _tiles(path.stem, picture, random)
    patches = folder / "lfw_subset.npy"
    if patches.is_file():
        faces_and_backgrounds = np.load(patches, allow_pickle=False)
        for number, patch in enumerate(faces_and_backgrounds[len(faces_and_backgrounds) // 2 :]):
            grey = np.clip(patch * 255, 0, 255).astype(np.uint8)
            large = cv2.resize(grey, (8 * _PATCH_PX, 8 * _PATCH_PX), interpolation=cv2.INTER_CUBIC)
            name = f"background-{number}"
            yield NegativePicture(name, "background patch", name, _bgr(large))


def _tiles(name: str, image: Image, random: np.random.Generator) -> Iterator[NegativePicture]:
    shorter = min(image.shape[:2])
    for number in range(_TILES):
        side = int(random.uniform(0.3, 0.8) * shorter)
        top = int(random.integers(0, image.shape[0] - side + 1))
        left = int(random.integers(0, image.shape[1] - side + 1))
        tile = cv2.resize(image[top : top + side, left : left + side], (_TILE_PX, _TILE_PX))
        picture = np.asarray(tile, dtype=np.uint8)
        yield NegativePicture(f"{name}-{number}", "photograph", name, picture)


def _scenes(data: Path) -> Iterator[tuple[str, str, Image]]:
    """Name, source and picture; of stills nobody says from which recording they are: near-duplicates are one."""
    stills = data / "yawdd" / "frames.tar"
    if stills.is_file():
        with PictureStore(stills) as store:
            names = spread(store.names, _STILLS)
            recordings = clusters_of([thumbnail(store.read(name)) for name in names])
            for name, recording in zip(names, recordings, strict=True):
                yield name, f"{stills.name}:{recording}", store.read(name)
    for folder in (data / "yawdd", data / "webcam"):
        clips = [clip for suffix in ("*.avi", "*.mp4") for clip in sorted(folder.glob(suffix))]
        for clip in clips:
            for frame in islice(frames_of(clip), 0, None, _CLIP_EVERY):
                yield f"{clip.name}:{frame.index}", clip.name, frame.image


def _beside_people(
    name: str, source: str, image: Image, teacher: Teacher
) -> Iterator[NegativePicture]:
    """The parts of a frame to the left and right of everybody in it, and below."""
    crops = teacher.crops(image)
    if not crops:
        return
    half = [_HEAD * crop.side_px / 2 for crop in crops]
    left = int(min(c.center_x_px - h for c, h in zip(crops, half, strict=True)))
    right = int(max(c.center_x_px + h for c, h in zip(crops, half, strict=True)))
    bottom = int(max(c.center_y_px + h for c, h in zip(crops, half, strict=True)))
    parts = {
        "left": image[:, : max(0, left)],
        "right": image[:, max(0, right) :],
        "below": image[max(0, bottom) :],
    }
    for side, part in parts.items():
        if min(part.shape[:2]) >= _LEAST_PX:
            beside = np.ascontiguousarray(part)
            yield NegativePicture(f"{name} {side}", "cabin or room", source, beside)


def _bgr(luma: NDArray[np.generic]) -> Image:
    return np.stack([np.asarray(luma, dtype=np.uint8)] * 3, axis=-1)
