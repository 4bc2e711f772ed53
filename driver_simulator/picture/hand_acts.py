"""What each `HandAct` looks like when the hand has arrived: poses, and the objects that are held.

Places are metres as in projection.py, for a head in its usual place: the mouth's middle is some 7 cm below the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from driver_simulator.driver.moment import HandAct
from driver_simulator.picture.hand_shape import HandPose, Point, hand_things
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.solids import (
    Array,
    Box,
    Ellipsoid,
    Paint,
    Shape,
    Thing,
    plain,
    vector,
)
from driver_simulator.viewpoint import turned

WHEEL_RADIUS_M = 0.185
LENS_GAP_M = 0.055
_LENS_SHADE = (0.16, 0.2, 0.32)
"""A hand over the lens is seen in what light gets past it and, red, through it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Things of one act. `follows_head`: moves along when the head is shifted."""

    things: tuple[Thing, ...]
    wrist: Point
    elbow: Point  # the way in is along the forearm
    follows_head: bool
    stirs_m: float = 0.0  # how far it moves about when it has arrived: rubbing, chewing
    stirs_hz: float = 0.0


def wheel_top_of(projection: Projection, *, over_wheel: bool) -> Point:
    """The middle of the rim's highest part. A camera on the steering column looks over it."""
    if over_wheel:
        _, y, z = projection.position.tolist()
        return 0.0, y + 0.022, z + 0.17
    return 0.0, 0.27, -0.43


def scene_of(
    act: HandAct,
    projection: Projection,
    wheel_top: Point,
    skin: Paint,
    sleeve: Paint,
    random: np.random.Generator,
) -> Scene:
    if act is HandAct.COVERS_LENS:
        poses: tuple[HandPose, ...] = (_over_lens(projection),)
        skin, sleeve = _shaded(skin), _shaded(sleeve)
    elif act is HandAct.AT_TWELVE_OCLOCK:
        poses = (_on_wheel(wheel_top),)
    else:
        poses = _POSES[act]
    things: list[Thing] = []
    for pose in poses:
        things += hand_things(pose, skin, sleeve)
    stirs_m, stirs_hz = 0.0, 0.0
    if act is HandAct.FOOD_AT_MOUTH:
        things.append(_food(random))
        stirs_m, stirs_hz = 0.004, 1.4
    elif act in _PHONES:
        things += _phone(*_PHONES[act])
    elif act in _RUBS:
        stirs_m, stirs_hz = 0.007, 2.6
    middle = 0.5 * (np.array(poses[0].elbow) + np.array(poses[-1].elbow))
    wrists = 0.5 * (np.array(poses[0].wrist) + np.array(poses[-1].wrist))
    return Scene(
        things=tuple(things),
        wrist=(*wrists.tolist(),),
        elbow=(*middle.tolist(),),
        follows_head=act not in _APART,
        stirs_m=stirs_m,
        stirs_hz=stirs_hz,
    )


_RUBS = frozenset({HandAct.RUBS_LEFT_EYE, HandAct.RUBS_RIGHT_EYE, HandAct.RUBS_BOTH_EYES})
_APART = frozenset({HandAct.COVERS_LENS, HandAct.AT_TWELVE_OCLOCK, HandAct.PHONE_HELD_UP})


def _shaded(paint: Paint) -> Paint:
    def darker(points: Array, normals: Array) -> Array:
        return paint(points, normals) * vector(*_LENS_SHADE)

    return darker


def _mirrored(pose: HandPose) -> HandPose:
    def other(point: Point) -> Point:
        return -point[0], point[1], point[2]

    return replace(
        pose,
        wrist=other(pose.wrist),
        fingers=other(pose.fingers),
        palm=other(pose.palm),
        elbow=other(pose.elbow),
        left=not pose.left,
    )


# Knuckles in the eye, the fist half closed.
_RUBBING_LEFT = HandPose(
    wrist=(0.088, 0.088, -0.046),
    fingers=(-0.52, -0.85, 0.1),
    palm=(-0.35, 0.1, 1.0),
    elbow=(0.3, 0.43, -0.05),
    bends=(0.9, 1.3, 0.7),
    thumb_out=0.3,
    left=True,
)
_AT_LEFT_EAR = HandPose(
    wrist=(0.122, 0.145, 0.0),
    fingers=(-0.1, -0.95, 0.32),
    palm=(-1.0, 0.0, 0.15),
    elbow=(0.29, 0.43, -0.02),
    bends=(0.3, 0.75, 0.5),
    thumb_out=0.25,
    left=True,
)
_POSES: dict[HandAct, tuple[HandPose, ...]] = {
    HandAct.COVERS_MOUTH: (
        HandPose(
            wrist=(-0.082, 0.128, -0.05),
            fingers=(0.88, -0.48, -0.06),
            palm=(0.15, 0.1, 1.0),
            elbow=(-0.29, 0.43, -0.06),
            bends=(0.22, 0.3, 0.2),
            spread=0.03,
            thumb_out=0.35,
        ),
    ),
    HandAct.RUBS_LEFT_EYE: (_RUBBING_LEFT,),
    HandAct.RUBS_RIGHT_EYE: (_mirrored(_RUBBING_LEFT),),
    HandAct.RUBS_BOTH_EYES: (_RUBBING_LEFT, _mirrored(_RUBBING_LEFT)),
    HandAct.FOOD_AT_MOUTH: (
        HandPose(
            wrist=(-0.075, 0.185, -0.075),
            fingers=(0.42, -0.9, -0.05),
            palm=(0.75, 0.3, 0.7),
            elbow=(-0.28, 0.45, -0.05),
            bends=(0.55, 0.7, 0.45),
            thumb_out=0.75,
        ),
    ),
    HandAct.PHONE_AT_LEFT_EAR: (_AT_LEFT_EAR,),
    HandAct.PHONE_AT_RIGHT_EAR: (_mirrored(_AT_LEFT_EAR),),
    HandAct.PHONE_HELD_UP: (
        HandPose(
            wrist=(-0.08, 0.395, -0.222),
            fingers=(0.24, -0.97, -0.03),
            palm=(0.1, 0.1, 1.0),
            elbow=(-0.25, 0.55, -0.06),
            bends=(0.12, 0.2, 0.25),
            spread=0.1,
            thumb_out=0.6,
        ),
    ),
}
_PHONES: dict[HandAct, tuple[Point, tuple[float, float, float]]] = {
    # Its middle, and how it is turned: yaw, pitch, roll.
    HandAct.PHONE_AT_LEFT_EAR: ((0.098, 0.052, 0.052), (-1.45, 0.0, -0.45)),
    HandAct.PHONE_AT_RIGHT_EAR: ((-0.098, 0.052, 0.052), (1.45, 0.0, 0.45)),
    HandAct.PHONE_HELD_UP: ((-0.035, 0.25, -0.2), (0.0, -0.25, 0.0)),
}


def _phone(middle: Point, turn: tuple[float, float, float]) -> list[Thing]:
    axes = turned(*turn)
    out = -0.0045 * axes[:, 2]
    corner = np.array(middle) - 0.05 * axes[:, 1] + 0.016 * axes[:, 0] + out
    return [
        Thing(Box(middle, (0.037, 0.076, 0.0045), 0.0042, axes), plain((34, 32, 30))),
        Thing(Box((*corner.tolist(),), (0.012, 0.014, 0.003), 0.0028, axes), plain((70, 66, 62))),
    ]


def _food(random: np.random.Generator) -> Thing:
    kind = int(random.integers(3))
    if kind == 0:
        apple = ((48, 60, 178), (70, 170, 120))[int(random.integers(2))]
        return Thing(Ellipsoid((0.004, 0.088, -0.058), (0.036, 0.034, 0.036)), plain(apple))
    if kind == 1:
        bar: Shape = Box(
            (-0.004, 0.097, -0.06), (0.017, 0.045, 0.011), 0.006, turned(0.2, 0.5, 0.25)
        )
        return Thing(bar, plain((46, 74, 118)))

    def bread(points: Array, normals: Array) -> Array:
        colour = np.broadcast_to(vector(92, 152, 206), points.shape).copy()
        height = points[:, 1] + 0.15 * points[:, 2]
        colour[np.abs(height - 0.082) < 0.004] = (60, 128, 70)
        colour[np.abs(height - 0.089) < 0.004] = (70, 76, 160)
        colour *= (0.85 + 0.15 * np.sin(points[:, 0] * 300) * np.sin(points[:, 1] * 280))[:, None]
        return colour

    return Thing(Box((0.0, 0.085, -0.058), (0.046, 0.026, 0.036), 0.016, None), bread)


def _on_wheel(top: Point) -> HandPose:
    x, y, z = top
    return HandPose(
        wrist=(x + 0.045, y - 0.052, z + 0.085),
        fingers=(-0.35, 0.0, -0.94),
        palm=(0.0, 1.0, 0.1),
        elbow=(x + 0.3, y + 0.22, z + 0.3),
        bends=(0.55, 1.0, 0.7),
        thumb_out=0.5,
        left=True,
    )


def _over_lens(projection: Projection) -> HandPose:
    """The palm right before the lens, in the camera's own axes."""

    def there(x: float, y: float, z: float) -> Point:
        place = projection.position + projection.axes @ np.array([x, y, z])
        return float(place[0]), float(place[1]), float(place[2])

    def way(x: float, y: float, z: float) -> Point:
        direction = projection.axes @ np.array([x, y, z])
        return float(direction[0]), float(direction[1]), float(direction[2])

    return HandPose(
        wrist=there(-0.004, 0.148, LENS_GAP_M + 0.004),
        fingers=way(0.03, -1.0, -0.02),
        palm=way(0.0, 0.0, -1.0),
        elbow=there(-0.08, 0.42, 0.16),
        bends=(0.12, 0.1, 0.1),
        spread=0.02,
        thumb_out=0.5,
    )
