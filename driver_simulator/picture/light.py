"""The light of a scenario at any instant: what comes from all around, and beams with what stands in their way.

In: the scenario's spans of light, the camera, a seed. Out: a `Light`, from time and seed alone. Amounts are linear,
1 is what the pictures of `layer.py` were painted in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from driver_simulator.picture.scenery import Outside
from driver_simulator.picture.solids import Array, vector
from driver_simulator.scenario.viewing import CameraSettings, LightSpan

Bgr = tuple[float, float, float]
Way = tuple[float, float, float]

_CHANGE_S = 0.4
"""A light takes over from the one before within this time."""
LAMP_REACH = 1.1
"""What a near-infrared camera's own lamp gives at the usual distance."""


@dataclass(frozen=True, slots=True)
class Beam:
    """Light from one side. `way` points to where it comes from, axes as in projection.py."""

    way: Way
    bgr: Bgr
    hindered: Literal["by_nothing", "by_roof", "by_trees"] = "by_nothing"
    phase: float = 0.0  # of what stands in the way, in lamps or trees passed
    own_lamp: bool = False  # falls off from the camera


@dataclass(frozen=True, slots=True)
class Light:
    around: Bgr
    beams: tuple[Beam, ...]
    outside: Outside
    outside_bgr: Bgr  # how bright the outside is, 1: as painted
    amplification: float  # of the sensor, which its noise grows with
    flare: float = 0.0  # 0..1, of the sun in the lens
    flare_at: tuple[float, float] = (0.0, 0.0)  # shares of the frame's width and height


class LightOverTime:
    """Tells the light at `t_s`."""

    def __init__(
        self, spans: Sequence[LightSpan], camera: CameraSettings, random: np.random.Generator
    ) -> None:
        self._spans = spans
        self._infrared = camera.spectrum == "near_infrared"
        self._exposure = 2.0**camera.exposure_ev
        self._chance = random.random(1024)
        self._sun_side = 1.0 if random.random() < 0.6 else -1.0

    def at(self, t_s: float) -> Light:
        place = max(i for i, span in enumerate(self._spans) if span.from_s <= t_s or i == 0)
        light = self._of(self._spans[place], t_s)
        share = (t_s - self._spans[place].from_s) / _CHANGE_S
        if place > 0 and share < 1:
            light = _mixed(self._of(self._spans[place - 1], t_s), light, share)
        return self._exposed(light)

    def trees(self, phase: Array) -> Array:
        """0..1, how much of the sun passes; each whole number is one tree."""
        index = np.floor(phase).astype(int)
        start = 0.5 * self._chance[index % 1024]
        width = 0.22 + 0.26 * self._chance[(index + 511) % 1024]
        within = phase - index
        distance = np.abs(within - start - width / 2) - width / 2
        sun: Array = np.clip(distance / 0.06 + 0.5, 0.0, 1.0)
        return sun

    def _of(self, span: LightSpan, t_s: float) -> Light:
        if span.type == "low_sun":
            light = self._low_sun(span, t_s)
        elif span.type == "tunnel":
            light = self._tunnel(span, t_s)
        elif span.type == "night":
            light = self._night(span, t_s)
        elif span.type == "dusk":
            light = Light(
                around=_power((0.24, 0.19, 0.17), span.strength),
                beams=(_windscreen(_power((0.11, 0.1, 0.1), span.strength)),),
                outside="day",
                outside_bgr=_power((0.2, 0.15, 0.15), span.strength),
                amplification=1 + 0.7 * span.strength,
            )
        else:
            light = Light(
                around=(0.62, 0.6, 0.6),
                beams=(_windscreen(_scaled((0.46, 0.46, 0.46), span.strength)),),
                outside="day",
                outside_bgr=(1.0, 1.0, 1.0),
                amplification=1.0,
            )
        return self._by_own_lamp(light) if self._infrared else light

    def _low_sun(self, span: LightSpan, t_s: float) -> Light:
        """Flat light from the side, through trees. Where none stands in the way the lit cheek burns out."""
        phase = span.flicker_hz * t_s
        glare = float(self.trees(np.array([phase + 0.2]))[0])
        slow = 0.5 + 0.5 * math.sin(0.9 * t_s + 6.28 * self._chance[3])
        strength = span.strength
        return Light(
            around=(0.62, 0.6, 0.6),
            beams=(
                Beam(
                    (self._sun_side * 0.92, -0.22, -0.32),
                    (2.7 * strength, 3.5 * strength, 4.0 * strength),
                    "by_trees",
                    phase,
                ),
            ),
            outside="day",
            outside_bgr=(1.1, 1.35, 1.5),
            amplification=0.8,
            flare=min(1.0, 0.75 * strength) * glare * max(0.0, 2.2 * slow - 1.2),
            flare_at=(0.5 + self._sun_side * (0.42 + 0.1 * slow), 0.12),
        )

    def _tunnel(self, span: LightSpan, t_s: float) -> Light:
        """Lamps overhead: each comes in through the windscreen and is cut off by the roof's edge."""
        phase = span.flicker_hz * t_s
        passed = phase - math.floor(phase)
        rise = 0.25 + 0.75 * min(1.0, passed / 0.5) ** 2
        bgr = _scaled((0.42, 0.62, 0.8), 0.85 * span.strength * rise)
        tilt = -0.45 - 0.4 * passed
        return Light(
            around=(0.075, 0.1, 0.12),
            beams=(Beam((0.1, tilt, -0.75), bgr, "by_roof", phase),),
            outside="tunnel",
            outside_bgr=(1.0, 1.0, 1.0),
            amplification=1.7,
        )

    def _night(self, span: LightSpan, t_s: float) -> Light:
        """The instruments' glow from below, and now and then the lamps of one who comes the other way.

        At usual strength it is what a camera without a lamp of its own gets of an unlit cabin: next to nothing. Half of
        it leaves what street lamps give.
        """
        oncoming = self._bump(t_s / 7.0) * 0.16
        darkness = 0.124 + 0.876 * span.strength**2
        return Light(
            around=_power((0.00029, 0.00022, 0.00017), darkness),
            beams=(
                Beam((0.1, 0.55, -0.8), _power((0.008, 0.0054, 0.004), darkness)),
                Beam((-0.35, -0.15, -0.92), (oncoming, oncoming, 0.9 * oncoming)),
            ),
            outside="night",
            outside_bgr=(1.0, 1.0, 1.0),
            amplification=2.6,
        )

    def _by_own_lamp(self, light: Light) -> Light:
        """A filter keeps most other light out of a near-infrared camera; a low sun is strong enough to pass it."""
        share = 0.3 if any(beam.hindered == "by_trees" for beam in light.beams) else 0.09
        lamp = Beam((0, 0, 0), (LAMP_REACH,) * 3, own_lamp=True)
        others = tuple(
            replace(beam, bgr=(_grey(_scaled(beam.bgr, share)),) * 3) for beam in light.beams
        )
        return replace(
            light,
            around=(0.04 + _grey(_scaled(light.around, share)),) * 3,
            beams=(lamp, *others),
            outside_bgr=(_grey(_scaled(light.outside_bgr, 0.25)),) * 3,
            amplification=1.0,
            flare=0.4 * light.flare,
        )

    def _bump(self, place: float) -> float:
        """0 most of the time, up to 1 for a moment in some of the unit steps."""
        index = math.floor(place)
        if self._chance[index % 1024] < 0.45:
            return 0.0
        return max(0.0, 1.0 - abs(place - index - 0.5) / 0.14) ** 2

    def _exposed(self, light: Light) -> Light:
        if self._exposure == 1.0:
            return light
        return replace(
            light,
            around=_scaled(light.around, self._exposure),
            beams=tuple(replace(b, bgr=_scaled(b.bgr, self._exposure)) for b in light.beams),
            outside_bgr=_scaled(light.outside_bgr, self._exposure),
        )


def gain(
    light: Light,
    over_time: LightOverTime,
    normals: Array,
    to_camera: Array,
    across: Array,
    down: Array,
    *,
    beam_share: float = 1.0,
    lamp_share: float = 1.0,
) -> Array:
    """What to multiply a picture by: (h, w, 3) from normals (h, w, 3).

    across, down: (w,) and (h,), where in the frame the columns and rows are, as shares. beam_share: how much of what
    comes from outside gets there; lamp_share: the same for the camera's own lamp, which falls off with distance.
    """
    total = np.empty_like(normals)
    total[:] = light.around
    for beam in light.beams:
        way = to_camera if beam.own_lamp else vector(*beam.way)
        facing = np.maximum(normals @ (way / np.linalg.norm(way)), 0.0)
        # Skin scatters the lamp's flat light too, so that the rim is not black.
        facing = lamp_share * (0.25 + 0.75 * facing) if beam.own_lamp else beam_share * facing
        if beam.hindered == "by_trees":
            facing = facing * over_time.trees(beam.phase + 0.3 * across)
        elif beam.hindered == "by_roof":
            passed = beam.phase - math.floor(beam.phase)
            edge = -0.3 + 1.5 * max(0.0, passed - 0.4) / 0.6
            facing = facing * np.clip((down - edge) / 0.16 + 0.5, 0.0, 1.0)[:, None]
        total += facing[..., None] * vector(*beam.bgr)
    # Pictures are encoded with a gamma near 2, light is not.
    bright: Array = np.sqrt(total)
    return bright


def _windscreen(bgr: Bgr) -> Beam:
    return Beam((0.25, -0.5, -0.83), bgr)


def _scaled(bgr: Bgr, factor: float) -> Bgr:
    return factor * bgr[0], factor * bgr[1], factor * bgr[2]


def _power(bgr: Bgr, strength: float) -> Bgr:
    """Darker light the stronger it is meant: at 0 as bright as day."""
    return bgr[0] ** strength, bgr[1] ** strength, bgr[2] ** strength


def _grey(bgr: Bgr) -> float:
    return sum(bgr) / 3


def _mixed(before: Light, after: Light, share: float) -> Light:
    def between(one: Bgr, other: Bgr) -> Bgr:
        first, second, third = (a + share * (b - a) for a, b in zip(one, other, strict=True))
        return first, second, third

    nearer = after if share > 0.5 else before
    return Light(
        around=between(before.around, after.around),
        beams=(
            *(replace(beam, bgr=_scaled(beam.bgr, 1 - share)) for beam in before.beams),
            *(replace(beam, bgr=_scaled(beam.bgr, share)) for beam in after.beams),
        ),
        outside=nearer.outside,
        outside_bgr=between(before.outside_bgr, after.outside_bgr),
        amplification=before.amplification + share * (after.amplification - before.amplification),
        flare=nearer.flare,
        flare_at=nearer.flare_at,
    )
