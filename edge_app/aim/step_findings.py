"""What a step of commissioning showed: whether a glance is seen, and whether closed eyes raise an alert."""

from __future__ import annotations

import math
from collections.abc import Sequence

from calibration.camera.cabin import GazeZone
from calibration.camera.gaze_zones import Side
from calibration.camera.mounting import Mounting
from edge_app.aim.finding import AimFinding, Verdict
from edge_app.aim.looks import Looks
from edge_app.aim.steps import Step, StepKey
from edge_app.alerts.event import EventType

_LEAST_HEAD_SHARE = 0.5  # of frames of a glance
_LEAST_ZONE_S = 0.4
_LEAST_TURN_DEG = {
    StepKey.LEFT_MIRROR: 8.0,
    StepKey.RIGHT_MIRROR: 8.0,
    StepKey.CLUSTER: 4.0,
    StepKey.LAP: 10.0,
}
_OF_CLOSED_EYES = (EventType.MICROSLEEP, EventType.SLEEP, EventType.UNRESPONSIVE)


def zones_of(key: StepKey, side: Side | None) -> tuple[GazeZone, ...]:
    """What a glance of that step is told as; both kinds of door mirror while the side is not known."""
    if key is StepKey.CLUSTER:
        return (GazeZone.CLUSTER,)
    if key is StepKey.LAP:
        return (GazeZone.LAP,)
    if side is None:
        return (GazeZone.OWN_MIRROR, GazeZone.FAR_MIRROR)
    is_own = (key is StepKey.LEFT_MIRROR) == (side == "left")
    return (GazeZone.OWN_MIRROR,) if is_own else (GazeZone.FAR_MIRROR,)


def glance_finding(
    step: Step, looks: Looks, mounting: Mounting | None, side: Side | None
) -> AimFinding:
    """mounting: by the camera's frame, of a driver who looks ahead; None: that step was left out."""
    need = "the turn of the head is seen"
    seen_share = looks.share(lambda look: look.head is None)
    if not looks.frames or seen_share < _LEAST_HEAD_SHARE:
        return AimFinding(
            *(step.key.value, step.title, Verdict.FAIL),
            f"head seen in {seen_share:.0%} of frames",
            need,
            f"mount the camera so that it still sees a face that looks there ({_towards(step.key)})",
            *(seen_share, "share"),
        )
    wanted = zones_of(step.key, side)
    if _time_in(looks, wanted) >= _LEAST_ZONE_S:
        zone = wanted[0].value.replace("_", " ") if len(wanted) == 1 else "door mirror"
        return AimFinding(step.key.value, step.title, Verdict.OK, f"seen as {zone}", need)
    turn_deg = None if mounting is None else _farthest_deg(step.key, looks, mounting)
    if turn_deg is not None and turn_deg >= _LEAST_TURN_DEG[step.key]:
        told = _told_as(looks)
        return AimFinding(
            *(step.key.value, step.title, Verdict.OK, f"head turned {turn_deg:.0f}°{told}", need),
            *("", turn_deg, "deg"),
        )
    if step.key is StepKey.CLUSTER:
        return AimFinding(
            *(step.key.value, step.title, Verdict.OK),
            "by the eyes alone, told as the road, as usual",
            need,
        )
    found = "no turn of the head" if turn_deg is None else f"head turned {max(0.0, turn_deg):.0f}°"
    return AimFinding(
        *(step.key.value, step.title, Verdict.FAIL, found, need),
        "look there again, with the head; if it stays so, mount the camera nearer to in front of the driver",
        *(turn_deg, "deg"),
    )


def closed_eyes_finding(looks: Looks, outputs: Sequence[str], failing: Sequence[str]) -> AimFinding:
    """outputs: of the cabin, by name; failing: those that did not work."""
    label, need = "Alert on closed eyes", "the alarm comes"
    key = StepKey.EYES_CLOSED.value
    alerted = next(
        (look for look in looks.all if any(kind in _OF_CLOSED_EYES for kind in look.alerts)), None
    )
    if alerted is None:
        closed_s = _time(looks, [look.closed for look in looks.all])
        return AimFinding(
            *(key, label, Verdict.FAIL, f"none; eyes seen closed for {closed_s:.1f} s", need),
            "mend the red lines for eyes, light and pixels, then close the eyes again",
        )
    if failing:
        return AimFinding(
            *(key, label, Verdict.FAIL, f"raised, but {', '.join(failing)} failed", need),
            "run vigil doctor for what is wrong with the output",
        )
    closed = [look.t_s for look in looks.all if look.closed and look.t_s <= alerted.t_s]
    after_s = alerted.t_s - closed[0] if closed else None
    told = f"after {after_s:.1f} s" if after_s is not None else "raised"
    through = f", told by {', '.join(outputs)}" if outputs else ", but no output is set"
    to_do = "" if outputs else "name an output in cabin.outputs"
    verdict = Verdict.OK if outputs else Verdict.FAIL
    return AimFinding(key, label, verdict, told + through, need, to_do, after_s, "s")


def heard_finding(heard: bool | None) -> AimFinding:
    label, need = "Alert noticed", "heard or seen by the driver"
    if heard is None:
        return AimFinding("heard", label, Verdict.UNKNOWN, "not asked", need)
    if heard:
        return AimFinding("heard", label, Verdict.OK, "yes", need)
    return AimFinding(
        *("heard", label, Verdict.FAIL, "no", need),
        "turn the volume up (cabin.outputs), check loudspeaker and lamp, then try again",
    )


def left_out_finding(step: Step) -> AimFinding:
    return AimFinding(step.key.value, step.title, Verdict.UNKNOWN, "left out", "", "")


def _towards(key: StepKey) -> str:
    return {
        StepKey.LEFT_MIRROR: "farther to the left",
        StepKey.RIGHT_MIRROR: "farther to the right",
    }.get(key, "lower")


def _time_in(looks: Looks, zones: tuple[GazeZone, ...]) -> float:
    return _time(looks, [look.zone in zones for look in looks.all])


def _time(looks: Looks, holds: Sequence[bool]) -> float:
    """Seconds from look to look in which it held at both ends."""
    pairs = zip(looks.all, looks.all[1:], holds, holds[1:], strict=False)
    return sum(after.t_s - before.t_s for before, after, a, b in pairs if a and b)


def _farthest_deg(key: StepKey, looks: Looks, mounting: Mounting) -> float | None:
    """Towards where the step wants it; the median of the farthest fifth, so that one wild frame says nothing."""
    turns = []
    for look in looks.frames:
        if look.head_yaw_rad is None or look.head_pitch_rad is None:
            continue
        to_left_rad, up_rad = mounting.in_vehicle(look.head_yaw_rad, look.head_pitch_rad)
        wanted = {StepKey.LEFT_MIRROR: to_left_rad, StepKey.RIGHT_MIRROR: -to_left_rad}
        turns.append(math.degrees(wanted.get(key, -up_rad)))
    if not turns:
        return None
    turns.sort(reverse=True)
    return turns[len(turns) // 10]


def _told_as(looks: Looks) -> str:
    """The zone that most of the frames were told as; empty where most were told as none."""
    told = [look.zone for look in looks.frames]
    most = max(set(told), key=told.count)
    return "" if most is None else f", told as {most.value.replace('_', ' ')}"
