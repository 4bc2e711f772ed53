"""A simulated study of drowsiness: each participant drives once, by day or by night, and rates sleepiness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from driver_simulator.scenario.scenario import Scenario
from driver_simulator.study.drive import Driven, StudyDrive, drive_it
from driver_simulator.study.folder import StudyFolder
from driver_simulator.study.people import StudyPerson, draw_people
from driver_simulator.study.sleepiness import SleepyCourse, draw_course
from driver_simulator.workers import workers
from edge_app.settings import VigilSettings

_LIGHTS = {"day": ("day", "low_sun", "tunnel"), "night": ("night", "dusk")}
_SPEEDS_KMH = (90.0, 110.0, 130.0)
_PAUSE_S = (60.0, 240.0)
_FIRST_DAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
_DEEDS: tuple[tuple[str, float, float], ...] = (
    ("talk", 5.0, 40.0),
    ("yawn", 4.0, 7.0),
    ("rub_eyes", 1.0, 2.0),
    ("sing", 10.0, 30.0),
)


def simulate_ddaw(
    folder: StudyFolder,
    settings: VigilSettings,
    *,
    participants: int,
    hours: float,
    seed: int,
    frame_rate_hz: float,
    date: str,
    with_traces: bool,
    jobs: int,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Drive and write everything. `told`: is given the number of finished drives."""
    people = draw_people(participants, seed)
    courses = {person.name: draw_course(person, 3600.0 * hours) for person in people}
    drives = [
        study_drive(
            person,
            courses[person.name],
            hours=hours,
            frame_rate_hz=frame_rate_hz,
            trace=folder.path / "traces" / person.name if with_traces else None,
        )
        for person in people
    ]
    driven: list[Driven] = []
    with workers(jobs) as pool:
        for one in pool.each(partial(drive_it, settings), drives):
            driven.append(one)
            told(len(driven))
    folder.write(
        people,
        driven,
        title=f"{participants} scripted drivers, {hours:g} h each",
        date=date,
        about=f"Seed {seed}, {frame_rate_hz:g} frames/s. Sleepiness rises as scripted; ratings are that course with"
        " noise.",
        more={"ddaw": {"rating_interval_min": 5.0}},
    )
    folder.table(
        "ratings.csv",
        ("drive", "t_s", "kss"),
        (
            (drive.name, f"{t_s:g}", kss)
            for drive in drives
            for t_s, kss in courses[drive.participant].ratings(drive.scenario.duration_s)
        ),
    )


def study_drive(
    person: StudyPerson,
    course: SleepyCourse,
    *,
    hours: float,
    frame_rate_hz: float,
    trace: Path | None = None,
) -> StudyDrive:
    """The script of one participant's drive."""
    rng = np.random.default_rng([person.seed, 3])
    daylight = "day" if person.number % 2 else "night"
    light = str(rng.choice(_LIGHTS[daylight]))
    speed_kmh = float(rng.choice(_SPEEDS_KMH))
    duration_s = 3600.0 * hours
    scenario = Scenario.model_validate(
        {
            "name": f"study_{person.name}",
            "seed": person.seed,
            "duration_s": duration_s,
            "person": person.scenario_part(),
            "camera": {
                "position": person.camera,
                "spectrum": "near_infrared",
                "frame_rate_hz": frame_rate_hz,
                "drop_share": 0.02,
            },
            "light": [{"from_s": 0, "type": light}],
            "vehicle": [{"from_s": 0, "speed_kmh": speed_kmh}],
            "state": course.spans(),
            "behaviours": _deeds(rng, duration_s),
        }
    )
    begins_h = 10 if daylight == "day" else 22
    return StudyDrive(
        name=f"{person.name}_1",
        participant=person.name,
        daylight=daylight,
        scenario=scenario,
        start=_FIRST_DAY + timedelta(days=person.number, hours=begins_h),
        conditions={"light": light, "camera": person.camera, "speed": f"{speed_kmh:g} km/h"},
        trace=trace,
    )


def _deeds(rng: np.random.Generator, duration_s: float) -> list[dict[str, Any]]:
    """What people do beside driving, one after the other."""
    deeds: list[dict[str, Any]] = []
    t_s = float(rng.uniform(*_PAUSE_S))
    while True:
        what, shortest_s, longest_s = _DEEDS[int(rng.integers(len(_DEEDS)))]
        length_s = float(rng.uniform(shortest_s, longest_s))
        if t_s + length_s + 5.0 >= duration_s:
            return deeds
        deeds.append({"type": what, "from_s": round(t_s, 3), "duration_s": round(length_s, 3)})
        t_s += length_s + float(rng.uniform(*_PAUSE_S))
