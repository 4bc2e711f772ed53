"""How well the driver is seen from there: the camera's direction, eyes, mouth and head, what hangs before the face."""

from __future__ import annotations

import math
from collections.abc import Callable

from calibration.camera.gaze_zones import Side
from calibration.camera.mounting import Mounting, mounting_of
from edge_app.aim.bars import AimBars
from edge_app.aim.finding import AimFinding, Verdict
from edge_app.aim.look import Look
from edge_app.aim.looks import Looks
from edge_app.driver_state.signals import Unavailable

_TO_DO_WHERE_LOST = {
    Unavailable.NO_FACE: "turn the camera towards the driver's face",
    Unavailable.OUT_OF_POSE: "mount the camera nearer to in front of the driver",
    Unavailable.EYES_OCCLUDED: "nothing may hang before the eyes: move the camera past wheel, belt and glasses' frame",
    Unavailable.MOUTH_OCCLUDED: "nothing may hang before the mouth: move the camera past wheel, belt and hands",
    Unavailable.TOO_DARK: "light the face: an infrared lamp, and a camera without infrared filter",
    Unavailable.OVEREXPOSED: "turn the camera away from sun and lamps",
    Unavailable.BLURRED: "clean the lens and turn its focus",
    Unavailable.LOW_RESOLUTION: "mount the camera nearer, or ask for a larger picture",
    Unavailable.CAMERA_FAULT: "mend the camera first",
    Unavailable.STALE: "close other programs; the computer cannot keep up",
}

TO_DO_BEHIND_GLASSES = (
    "reflections or dark lenses: move the camera lower or to the side, or light in infrared"
)


def mounting_in(looks: Looks) -> Mounting | None:
    """How the camera stands to a driver who looks ahead all the while."""
    yaw_rad = looks.middle(lambda face: face.line_yaw_rad)
    pitch_rad = looks.middle(lambda face: face.line_pitch_rad)
    if yaw_rad is None or pitch_rad is None:
        return None
    return mounting_of(yaw_rad, pitch_rad)


def direction_finding(looks: Looks, bars: AimBars, *, looks_ahead: bool) -> AimFinding:
    """looks_ahead: the driver was told to; else it is what holds if he does so now."""
    label, need = "Camera's direction", f"within {bars.good_yaw_deg:g}° of ahead"
    mounting = mounting_in(looks)
    if mounting is None:
        return AimFinding("direction", label, Verdict.UNKNOWN, "no face yet", need)
    yaw_deg, pitch_deg = math.degrees(mounting.yaw_rad), math.degrees(mounting.pitch_rad)
    found = f"{_aside(yaw_deg)}, {_above(pitch_deg)}" + ("" if looks_ahead else ", if ahead now")
    low_deg, high_deg = bars.good_pitch_deg
    lowest_deg, highest_deg = bars.possible_pitch_deg
    good = abs(yaw_deg) <= bars.good_yaw_deg and low_deg <= pitch_deg <= high_deg
    possible = abs(yaw_deg) <= bars.both_eyes_yaw_deg and lowest_deg <= pitch_deg <= highest_deg
    verdict = Verdict.OK if good else Verdict.WARN if possible else Verdict.FAIL
    to_do = []
    if abs(yaw_deg) > bars.good_yaw_deg:
        hand = "right" if yaw_deg > 0 else "left"
        to_do.append(
            f"mount the camera {abs(yaw_deg) - bars.good_yaw_deg:.0f}° farther to the driver's {hand}"
        )
    if not low_deg <= pitch_deg <= high_deg:
        to_do.append(f"mount the camera {'higher' if pitch_deg < low_deg else 'lower'}")
    return AimFinding(
        *("direction", label, verdict, found, need, " and ".join(to_do), yaw_deg, "deg")
    )


def range_finding(looks: Looks, bars: AimBars) -> AimFinding:
    """Up to where a head may turn with both eyes in sight."""
    label, need = "Both eyes seen", "from 10° left to 10° right of ahead"
    mounting = mounting_in(looks)
    if mounting is None:
        return AimFinding("range", label, Verdict.UNKNOWN, "no face yet", need)
    yaw_deg = math.degrees(mounting.yaw_rad)
    left_deg, right_deg = bars.both_eyes_yaw_deg + yaw_deg, bars.both_eyes_yaw_deg - yaw_deg
    narrow_deg = min(left_deg, right_deg)
    verdict = Verdict.OK if narrow_deg >= 10 else Verdict.WARN if narrow_deg >= 0 else Verdict.FAIL
    found = f"from {left_deg:.0f}° left to {right_deg:.0f}° right of ahead"
    to_do = "" if verdict is Verdict.OK else "mount the camera nearer to in front of the driver"
    return AimFinding("range", label, verdict, found, need, to_do, narrow_deg, "deg")


def lean_finding(looks: Looks, bars: AimBars) -> AimFinding:
    label, need = "Camera upright", f"within {bars.most_lean_deg:g}°"
    roll_rad = looks.middle(lambda face: face.roll_rad)
    if roll_rad is None:
        return AimFinding("lean", label, Verdict.UNKNOWN, "no face yet", need)
    roll_deg = math.degrees(roll_rad)
    upright = abs(roll_deg) <= bars.most_lean_deg
    verdict = Verdict.OK if upright else Verdict.WARN
    found = f"an upright head leans {abs(roll_deg):.0f}°"
    way = "clockwise" if roll_deg > 0 else "anticlockwise"
    to_do = "" if upright else f"turn the camera about its axis until the head is upright: {way}"
    return AimFinding("lean", label, verdict, found, need, to_do, roll_deg, "deg")


def seen_findings(looks: Looks, bars: AimBars) -> tuple[AimFinding, ...]:
    return (
        _seen("eyes", "Eyes", looks, lambda look: look.eyes, bars),
        _seen("mouth", "Mouth", looks, lambda look: look.mouth, bars),
        _seen("head", "Head", looks, lambda look: look.head, bars),
    )


def covered_finding(looks: Looks, bars: AimBars) -> AimFinding:
    """By wheel, belt, hands: they are not told apart."""
    label, need = "Nothing before the face", f"at most {bars.good_covered_share:.0%} of frames"
    if not looks.faces:
        return AimFinding("covered", label, Verdict.UNKNOWN, "no face yet", need)
    share = looks.share(lambda look: look.covered)
    verdict = (
        Verdict.OK
        if share <= bars.good_covered_share
        else Verdict.WARN
        if share <= bars.most_covered_share
        else Verdict.FAIL
    )
    to_do = "move the camera so that wheel, belt and hands leave the face free; turn the wheel and look again"
    return AimFinding(
        *("covered", label, verdict, f"covered in {share:.0%} of frames", need),
        *("" if verdict is Verdict.OK else to_do, share, "share"),
    )


def side_finding(chosen: Side | None, guessed: Side | None) -> AimFinding:
    """Of the vehicle. chosen: by the installer or the settings."""
    label, need = "Driver's side", "known"
    if chosen is not None:
        return AimFinding("side", label, Verdict.OK, f"{chosen}, as chosen", need)
    if guessed is not None:
        return AimFinding("side", label, Verdict.OK, f"{guessed}, guessed", need)
    return AimFinding(*("side", label, Verdict.WARN, "not sure", need, "choose it: left or right"))


def _seen(
    key: str,
    label: str,
    looks: Looks,
    missing: Callable[[Look], Unavailable | None],
    bars: AimBars,
) -> AimFinding:
    need = f"in {bars.good_seen_share:.0%} of frames"
    if not looks.frames:
        return AimFinding(key, label, Verdict.UNKNOWN, "no picture yet", need)
    share = looks.share(lambda look: missing(look) is None)
    found = f"seen in {share:.0%} of frames"
    if share >= bars.good_seen_share:
        return AimFinding(key, label, Verdict.OK, found, need, "", share, "share")
    why = looks.most_common(missing)
    verdict = Verdict.WARN if share >= bars.least_seen_share else Verdict.FAIL
    if why is not None:
        found += f" ({why.value.replace('_', ' ')})"
    fallback = "mend the other red lines first"
    to_do = _TO_DO_WHERE_LOST.get(why, fallback) if why is not None else fallback
    if why is Unavailable.EYES_OCCLUDED and looks.share(lambda look: look.wears_glasses) > 0.5:
        to_do = TO_DO_BEHIND_GLASSES
    return AimFinding(key, label, verdict, found, need, to_do, share, "share")


def _aside(yaw_deg: float) -> str:
    if abs(yaw_deg) < 2:
        return "straight ahead"
    return f"{abs(yaw_deg):.0f}° to the driver's {'left' if yaw_deg > 0 else 'right'}"


def _above(pitch_deg: float) -> str:
    if abs(pitch_deg) < 2:
        return "level"
    return f"{abs(pitch_deg):.0f}° {'above' if pitch_deg > 0 else 'below'} the eyes"
