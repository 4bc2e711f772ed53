"""What the picture itself is like: camera, frame rate, face, its place and size, distance, light, sharpness."""

from __future__ import annotations

import math

from edge_app.aim.bars import AimBars
from edge_app.aim.driver_findings import TO_DO_BEHIND_GLASSES
from edge_app.aim.finding import AimFinding, Verdict
from edge_app.aim.looks import WINDOW_S, Looks
from edge_app.aim.view import View, room_of
from edge_app.driver_state.signals import Unavailable

_NOT_YET = "no face yet"
_SHORT_OF_WINDOW_S = 1.0  # a frame of the slowest camera
_MORE_LIGHT = "light the face: an infrared lamp, and a camera without infrared filter"
_LESS_LIGHT = "turn the camera away from sun and lamps, or dim the infrared lamp"
_TO_DO_FOR_FAULT = {
    "unplugged": "check cable and plug, and that no other program uses the camera",
    "no_frame": "check cable and plug, and that no other program uses the camera",
    "frozen": "unplug the camera and plug it in again",
    "black": "take the cover off the lens, or switch the infrared lamp on",
    "overexposed": "turn the camera away from sun and lamps",
    "wrong_size": "set camera.width_px and camera.height_px to a size that the camera has",
    "late": "close other programs; the computer cannot keep up",
}


def camera_finding(looks: Looks) -> AimFinding:
    label, need = "Camera", "pictures without a fault"
    if not looks.all:
        return AimFinding("camera", label, Verdict.UNKNOWN, "waiting for the first picture", need)
    last = looks.all[-1]
    fault = last.fault.value if last.fault else "no_frame" if looks.is_silent else None
    if fault is not None:
        found = f"fault: {fault.replace('_', ' ')}"
        return AimFinding("camera", label, Verdict.FAIL, found, need, _TO_DO_FOR_FAULT[fault])
    if looks.share(lambda look: look.fault is not None) > 0:
        return AimFinding(
            "camera", label, Verdict.WARN, "ok again", need, "check that the plug sits firmly"
        )
    return AimFinding("camera", label, Verdict.OK, "ok", need)


def length_finding(looks: Looks) -> AimFinding:
    """Of a report without steps, which a source may have ended early."""
    length_s = looks.all[-1].t_s - looks.all[0].t_s if looks.all else 0.0
    enough = length_s >= WINDOW_S - _SHORT_OF_WINDOW_S
    return AimFinding(
        *("length", "Looked at", Verdict.OK if enough else Verdict.FAIL, f"{length_s:.1f} s"),
        f"{WINDOW_S:.0f} s",
        "" if enough else "look again for longer, or give a longer clip",
        *(length_s, "s"),
    )


def frame_rate_finding(looks: Looks, bars: AimBars) -> AimFinding:
    label, need = "Frame rate", f"{bars.good_frame_rate_hz:g} per second"
    rate_hz = looks.frame_rate_hz
    if rate_hz is None:
        return AimFinding("frame_rate", label, Verdict.UNKNOWN, "not yet", need)
    # Half a frame: a camera of 20 frames/s rarely gives exactly that.
    verdict = _rising(rate_hz + 0.5, bars.least_frame_rate_hz, bars.good_frame_rate_hz)
    to_do = "more light shortens the exposure; ask for a smaller picture, or stop other programs"
    return AimFinding(
        *("frame_rate", label, verdict, f"{rate_hz:.0f} per second", need),
        *(_unless_ok(verdict, to_do), rate_hz, "1/s"),
    )


def face_finding(looks: Looks, bars: AimBars) -> AimFinding:
    label, need = "Face", f"in {bars.good_seen_share:.0%} of frames"
    if not looks.frames:
        return AimFinding("face", label, Verdict.UNKNOWN, "no picture yet", need)
    share = looks.share(lambda look: look.face is not None)
    verdict = _rising(share, bars.least_seen_share, bars.good_seen_share)
    to_do = "turn the camera towards the driver's face; where the picture shows it, mount the camera nearer"
    if not looks.faces and _no_face_in_such_light(looks, bars):
        to_do = "mend the light first"
    return AimFinding(
        *("face", label, verdict, f"found in {share:.0%} of frames", need),
        *(_unless_ok(verdict, to_do), share, "share"),
    )


def place_finding(looks: Looks, view: View, bars: AimBars) -> AimFinding:
    label = "Face in the picture"
    need = f"{bars.good_room_m * 100:.0f} cm of room around the eyes"
    look = looks.last_with_face
    room = None if look is None else room_of(look)
    off_axis = None if look is None else view.off_axis_deg(look)
    if room is None or off_axis is None:
        return AimFinding("place", label, Verdict.UNKNOWN, _NOT_YET, need)
    least_m = min(room.left_m, room.right_m, room.above_m, room.below_m)
    verdict = _rising(least_m, bars.least_room_m, bars.good_room_m)
    right_deg, down_deg = off_axis
    across_m, along_m = min(room.left_m, room.right_m), min(room.above_m, room.below_m)
    if max(across_m, along_m) < bars.least_room_m or (
        room.left_m + room.right_m < 2 * bars.good_room_m
        or room.above_m + room.below_m < 2 * bars.good_room_m
    ):
        to_do = "move the camera away from the driver, or take a wider lens"
    elif across_m <= along_m:
        side = "left" if right_deg < 0 else "right"
        to_do = f"turn the camera {abs(right_deg):.0f}° to the {side} (of its picture)"
    else:
        to_do = f"tilt the camera {abs(down_deg):.0f}° {'up' if down_deg < 0 else 'down'}"
    return AimFinding(
        *("place", label, verdict, f"{least_m * 100:.0f} cm to the nearest edge", need),
        *(_unless_ok(verdict, to_do), least_m, "m"),
    )


def eye_distance_finding(looks: Looks, bars: AimBars) -> AimFinding:
    label = "Pixels between the eyes"
    need = f"{bars.good_eye_distance_px:.0f} px, never below {bars.least_eye_distance_px:.0f}"
    distance_px = looks.middle(lambda face: face.eye_distance_px)
    if distance_px is None:
        return AimFinding("eye_distance", label, Verdict.UNKNOWN, _NOT_YET, need)
    verdict = _rising(distance_px, bars.least_eye_distance_px, bars.good_eye_distance_px)
    nearer = 1 - distance_px / bars.good_eye_distance_px
    to_do = (
        f"mount the camera {nearer:.0%} nearer, take a narrower lens, or ask for a larger picture"
    )
    return AimFinding(
        *("eye_distance", label, verdict, f"{distance_px:.0f} px", need),
        *(_unless_ok(verdict, to_do), distance_px, "px"),
    )


def distance_finding(looks: Looks, view: View, bars: AimBars) -> AimFinding:
    label = "Distance"
    low_m, high_m = bars.good_distance_m
    need = f"{low_m:g} to {high_m:g} m"
    look = looks.last_with_face
    distance = None if look is None else view.distance(look)
    metres = looks.middle_of(
        lambda look: d.metres if (d := view.distance(look)) is not None else None
    )
    if distance is None or metres is None:
        return AimFinding("distance", label, Verdict.UNKNOWN, _NOT_YET, need)
    least_m, most_m = bars.possible_distance_m
    verdict, to_do = Verdict.OK, ""
    if not low_m <= metres <= high_m:
        # How far a driver may sit is told by the pixels between the eyes; an unsure distance alone fails nobody.
        surely = view.focal_std_share < 0.1 and not least_m <= metres <= most_m
        verdict = Verdict.FAIL if surely else Verdict.WARN
        to_do = f"move the camera {'away from' if metres < low_m else 'nearer to'} the driver"
    if view.is_assumed:
        to_do = "; ".join(filter(None, (to_do, "for a sure figure name the lens (camera.lens)")))
    std_share = distance.std_share
    found = f"{metres:.2f} m ± {std_share:.0%}" + (", lens assumed" if view.is_assumed else "")
    return AimFinding("distance", label, verdict, found, need, to_do, metres, "m")


def light_finding(looks: Looks, bars: AimBars) -> AimFinding:
    label = "Light on the face"
    need = f"brightest tenth from {2 * bars.least_luma:.0f} of 255"
    luma = looks.middle(lambda face: face.quality.bright_luma)
    saturated = looks.middle(lambda face: face.quality.saturated_share)
    if luma is None or saturated is None:
        return _light_without_face(looks, bars, label, need)
    dark = _rising(luma, bars.least_luma, 2 * bars.least_luma)
    bright = _falling(saturated, bars.most_saturated_share, bars.most_saturated_share / 2)
    if bright is not Verdict.OK:
        return AimFinding(
            *("light", label, bright, f"overexposed: {saturated:.0%} of the face is white"),
            f"at most {bars.most_saturated_share / 2:.0%} white",
            _LESS_LIGHT,
            *(saturated, "share"),
        )
    word = "enough" if dark is Verdict.OK else "dark"
    return AimFinding(
        *("light", label, dark, f"{word} (brightest tenth {luma:.0f})", need),
        *(_unless_ok(dark, _MORE_LIGHT), luma, "luma"),
    )


def _light_without_face(looks: Looks, bars: AimBars, label: str, need: str) -> AimFinding:
    """Of the whole picture: it tells only where no face could be found in such light."""
    luma = looks.middle_of(lambda look: look.bright_luma)
    saturated = looks.middle_of(lambda look: look.saturated_share)
    if luma is None or saturated is None or not _no_face_in_such_light(looks, bars):
        return AimFinding("light", label, Verdict.UNKNOWN, _NOT_YET, need)
    if luma < bars.least_luma:
        found, to_do = f"the picture is dark (brightest tenth {luma:.0f})", _MORE_LIGHT
    else:
        found, to_do = f"{saturated:.0%} of the picture is white", _LESS_LIGHT
    return AimFinding("light", label, Verdict.FAIL, found, need, to_do)


def _no_face_in_such_light(looks: Looks, bars: AimBars) -> bool:
    luma = looks.middle_of(lambda look: look.bright_luma)
    saturated = looks.middle_of(lambda look: look.saturated_share)
    if luma is None or saturated is None:
        return False
    return luma < bars.least_luma or saturated > bars.most_saturated_share / 2


def sharpness_finding(looks: Looks, bars: AimBars) -> AimFinding:
    label, need = "Sharpness", f"blur up to {bars.good_blur:.2f}"
    blur = looks.middle(lambda face: face.blur)
    if blur is None:
        return AimFinding("sharpness", label, Verdict.UNKNOWN, _NOT_YET, need)
    verdict = _falling(blur, bars.most_blur, bars.good_blur)
    word = {Verdict.OK: "sharp", Verdict.WARN: "soft"}.get(verdict, "blurred")
    to_do = "clean the lens and turn its focus until eyelashes are sharp"
    return AimFinding(
        *("sharpness", label, verdict, f"{word} (blur {blur:.2f} of 1)", need),
        *(_unless_ok(verdict, to_do), blur, "share"),
    )


def glasses_finding(looks: Looks) -> AimFinding:
    """Nothing measures reflections themselves: what is told is how often eyes are lost behind the glasses."""
    label, need = "Glasses", "eyes seen through them"
    worn = looks.middle(lambda face: face.glasses)
    if worn is None:
        found = "not told by this model" if looks.faces else _NOT_YET
        return AimFinding("glasses", label, Verdict.UNKNOWN, found, need)
    if worn < 0.5:
        return AimFinding("glasses", label, Verdict.OK, "none worn", need)
    lost = looks.share(lambda look: look.face is not None and look.eyes in _BEHIND_GLASSES)
    verdict = _falling(lost, 0.15, 0.05)
    return AimFinding(
        *("glasses", label, verdict, f"worn, eyes lost in {lost:.0%} of frames", need),
        *(_unless_ok(verdict, TO_DO_BEHIND_GLASSES), lost, "share"),
    )


_BEHIND_GLASSES = (Unavailable.EYES_OCCLUDED, Unavailable.UNCERTAIN, Unavailable.OVEREXPOSED)


def _rising(value: float, least: float, good: float) -> Verdict:
    if not math.isfinite(value) or value < least:
        return Verdict.FAIL
    return Verdict.OK if value >= good else Verdict.WARN


def _falling(value: float, most: float, good: float) -> Verdict:
    return _rising(-value, -most, -good)


def _unless_ok(verdict: Verdict, to_do: str) -> str:
    return "" if verdict is Verdict.OK else to_do
