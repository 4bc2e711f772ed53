"""How long the simulator takes for a frame, by part: `python -m benchmarks.simulated_frames`.

Processor time of one thread, the median of many frames, so that what else runs on the machine counts little.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from benchmarks.machine import describe_machine
from driver_simulator.driver.moment import DriverMoment, FacialActions, HandAct, HandMoment
from driver_simulator.picture.portrait_file import astronaut
from driver_simulator.picture.renderer import PictureRenderer
from driver_simulator.scenario.scenario import Scenario

_PARTS = {
    "cabin and outside": ("_background", "draw"),
    "passenger": ("_passenger", "lay_over"),
    "body": ("_body", "layers"),
    "head": ("_head", "paint"),
    "light on the head": ("_lighting", "on_head"),
    "light on body and hands": ("_lighting", "on_layer"),
    "hands and wheel": ("_hands", "lay_over"),
    "lens and sensor": ("_sensor", "expose"),
}
CASES: dict[str, dict[str, Any]] = {
    "day, steering column": {},
    "day, dash centre": {"camera": {"position": "dash_centre"}},
    "near-infrared, night": {
        "camera": {"spectrum": "near_infrared"},
        "light": [{"from_s": 0, "type": "night"}],
    },
    "low sun": {"light": [{"from_s": 0, "type": "low_sun"}]},
    "sunglasses, mask": {
        "person": {"eyewear": {"type": "sunglasses"}, "mask": True},
    },
    "hand over mouth": {},
    "passenger": {"passenger": True},
}


class _CpuTimes:
    """Seconds of processor time by part, one list entry for each call."""

    def __init__(self) -> None:
        self.by_part: dict[str, list[float]] = {}

    def wrap(self, part: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        times = self.by_part.setdefault(part, [])

        def timed(*arguments: Any, **named: Any) -> Any:
            begun_s = time.thread_time()
            result = verb(*arguments, **named)
            times.append(time.thread_time() - begun_s)
            return result

        return timed


def measure(case: str, frames: int) -> dict[str, float]:
    """ms by part, `frame` for the whole."""
    scenario = Scenario.model_validate(
        {"name": "benchmark", "duration_s": 3600, "seed": 1, **CASES[case]}
    )
    renderer = PictureRenderer(scenario, astronaut())
    hand = HandMoment(HandAct.COVERS_MOUTH, 1.0) if case.startswith("hand") else None
    renderer.frame(_moment(0.0, hand))
    times = _CpuTimes()
    for part, (attribute, verb) in _PARTS.items():
        owner = getattr(renderer, attribute)
        if owner is not None:
            setattr(owner, verb, times.wrap(part, getattr(owner, verb)))
    draw = times.wrap("frame", renderer.frame)
    for index in range(frames):
        draw(_moment(index / 30, hand))
    per_frame = {
        part: 1e3 * statistics.median(taken) * round(len(taken) / frames)
        for part, taken in times.by_part.items()
        if taken
    }
    return {part: round(ms, 2) for part, ms in per_frame.items()}


def _moment(t_s: float, hand: HandMoment | None) -> DriverMoment:
    """Lids, head and mouth on their way all the time, so that nothing is cheap for standing still."""
    part = t_s % 1.0
    return DriverMoment(
        t_s=t_s,
        closure_left=part,
        closure_right=part,
        gaze_yaw_rad=0.2 * (part - 0.5),
        gaze_pitch_rad=0.0,
        head_yaw_rad=0.4 * (part - 0.5),
        head_pitch_rad=0.1 * part,
        head_roll_rad=0.05,
        shift_right_m=0.02 * part,
        actions=FacialActions(jaw_drop=0.4 * part),
        hand=hand,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Time for a simulated frame, by part.")
    parser.add_argument("--frames", type=int, default=150, help="frames for each case")
    parser.add_argument("--json", type=Path, help="write the figures here")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    figures = {case: measure(case, chosen.frames) for case in CASES}
    parts = ["frame", *_PARTS]
    print("ms of processor time for a frame of 640x480, one thread\n")
    print("| case | " + " | ".join(parts) + " |\n" + "|---" * (1 + len(parts)) + "|")
    for case, taken in figures.items():
        row = (f"{taken[part]:.1f}" if part in taken else "" for part in parts)
        print(f"| {case} | " + " | ".join(row) + " |")
    machine = describe_machine()
    print("\n" + json.dumps(machine))
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine, "ms": figures}, indent=1))


if __name__ == "__main__":
    main()
