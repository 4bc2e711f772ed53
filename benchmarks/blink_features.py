"""`python -m benchmarks.blink_features`: how well blinks are measured, as signals and through pictures.

Each measured blink is held against the one in the script. It shows which features survive frame rate, noise and
perception; what a camera makes of a real person's lids it does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.blink_truth import FEATURES, BlinkShape, scripted_blinks
from benchmarks.machine import describe_machine
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.simulated_camera import SimulatedCamera
from driver_simulator.suite.drives import sleepy_drive
from edge_app.driver_state.blink import reopening_velocity_per_s
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.state import Blink, DriverState
from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings
from model_compression.evaluation.file_bars import FileBars

_FIRST_PERSON = 1000
_LEVELS = (2, 5, 7, 8)
_SAME_S = 0.2  # between the onsets of a scripted blink and of its measurement
_MEASURED_FROM_S = 5.0


@dataclass(frozen=True, slots=True)
class Drive:
    """Of one person at one level: pairs of what was and what was measured, and what has no partner."""

    layer: str
    person: int
    kss: int
    minutes: float
    pairs: tuple[tuple[BlinkShape, BlinkShape], ...]
    missed: int
    made_up: int


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    console = Console(highlight=False)
    try:
        drives = list(_drives(options, console))
        told = [
            _of_layer(layer, [drive for drive in drives if drive.layer == layer])
            for layer in ("signals", "pictures")
            if any(drive.layer == layer for drive in drives)
        ]
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    machine = describe_machine()
    text = _markdown(told, machine)
    console.print(text, soft_wrap=True, markup=False)
    for path, content in (
        (options.json, json.dumps({"machine": machine, "layers": told}, indent=1) + "\n"),
        (options.markdown, text),
    ):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            console.print(f"written: {path}", markup=False)
    return 0


def _drives(options: argparse.Namespace, console: Console) -> Iterator[Drive]:
    settings = VigilSettings()
    rate = options.frame_rate
    jobs = [
        ("signals", person, kss, 60.0 * options.minutes)
        for person in range(_FIRST_PERSON, _FIRST_PERSON + options.people)
        for kss in _LEVELS
    ] + [
        ("pictures", person, kss, 60.0 * options.picture_minutes)
        for person in range(_FIRST_PERSON, _FIRST_PERSON + options.picture_people)
        for kss in _LEVELS[:: max(1, len(_LEVELS) - 1)]
    ]
    perception = open_perception(settings.perception) if options.picture_people else None
    with FileBars(console) as track:
        for layer, person, kss, length_s in track(jobs, len(jobs), "drives"):
            scenario = sleepy_drive(person, kss, duration_s=length_s, frame_rate_hz=rate)
            if layer == "signals" or perception is None:
                states = _of_signals(scenario, settings)
            else:
                states = _of_pictures(scenario, settings, perception)
            blinks = [state.blinks.completed for state in states if state.blinks.completed]
            shapes = [_shape(blink, settings.driver_state.blink.phase_share) for blink in blinks]
            yield _drive(layer, person, kss, length_s, Performance(scenario), shapes)


def _of_signals(scenario: Scenario, settings: VigilSettings) -> Iterator[DriverState]:
    estimator = DriverStateEstimator(settings.driver_state)
    sampler = SignalSampler(Performance(scenario), noise=None, settings=settings.perception)
    for signals in sampler.sample([frame.t_s for frame in frame_times(scenario)]):
        yield estimator.step(signals)


def _of_pictures(
    scenario: Scenario, settings: VigilSettings, perception: Perception
) -> Iterator[DriverState]:
    performance = Performance(scenario)
    camera = SimulatedCamera(performance, settings.perception)
    monitor = DriverMonitor(perception, settings)
    while (frame := camera.read()) is not None:
        step = monitor.step(frame, performance.vehicle_at(frame.t_s))
        if step is not None:
            yield step.state


def _shape(blink: Blink, phase_share: float) -> BlinkShape:
    shape = BlinkShape(
        blink.onset_s,
        blink.onset_s + blink.duration_s,
        blink.closing_s,
        blink.closed_s,
        blink.reopening_s,
        blink.amplitude,
    )
    assert abs(shape.reopening_velocity - reopening_velocity_per_s(blink, phase_share)) < 1e-6
    return shape


def _drive(
    layer: str,
    person: int,
    kss: int,
    length_s: float,
    performance: Performance,
    measured: Sequence[BlinkShape],
) -> Drive:
    truth = [
        blink
        for blink in scripted_blinks(performance)
        if blink.onset_s >= _MEASURED_FROM_S and blink.end_s < length_s - 1.0
    ]
    left = [blink for blink in measured if blink.onset_s >= _MEASURED_FROM_S - _SAME_S]
    pairs = []
    for blink in truth:
        near = [one for one in left if abs(one.onset_s - blink.onset_s) <= _SAME_S]
        if near:
            best = min(near, key=lambda one: abs(one.onset_s - blink.onset_s))
            left.remove(best)
            pairs.append((blink, best))
    made_up = sum(one.end_s < length_s - 1.0 for one in left)
    return Drive(layer, person, kss, length_s / 60, tuple(pairs), len(truth) - len(pairs), made_up)


def _of_layer(layer: str, drives: Sequence[Drive]) -> dict[str, Any]:
    pairs = sum(len(drive.pairs) for drive in drives)
    return {
        "layer": layer,
        "people": len({drive.person for drive in drives}),
        "minutes": round(sum(drive.minutes for drive in drives), 1),
        "scripted": pairs + sum(drive.missed for drive in drives),
        "found": pairs,
        "made_up": sum(drive.made_up for drive in drives),
        "features": [_of_feature(name, drives) for name in FEATURES],
    }


def _of_feature(name: str, drives: Sequence[Drive]) -> dict[str, Any]:
    """Bias and spread of single blinks; within: correlation of single blinks, each person's own mean taken off; of
    means: correlation over drives of the mean of each, each person's mean taken off."""
    people = sorted({drive.person for drive in drives})
    errors, within, of_means, biases = [], [], [], []
    for person in people:
        own = [drive for drive in drives if drive.person == person and drive.pairs]
        if not own:
            continue
        values = [_values(name, drive) for drive in own]
        person_values = np.concatenate(values)
        difference = person_values[:, 1] - person_values[:, 0]
        errors.append(difference)
        biases.append(float(difference.mean()))
        within.append(person_values - person_values.mean(axis=0))
        means = np.array([each.mean(axis=0) for each in values])
        of_means.append(means - means.mean(axis=0))
    error, single, means = np.concatenate(errors), np.concatenate(within), np.concatenate(of_means)
    return {
        "feature": name,
        "n": len(error),
        "bias": round(float(error.mean()), 4),
        "spread": round(float(np.concatenate([one - one.mean() for one in errors]).std()), 4),
        "bias_between_people": round(float(np.std(biases)), 4),
        "true_spread": round(float(single[:, 0].std()), 4),
        "within": round(_correlation(single), 3),
        "of_means": round(_correlation(means), 3),
    }


def _values(name: str, drive: Drive) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([[getattr(blink, name) for blink in pair] for pair in drive.pairs])


def _correlation(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(np.corrcoef(values.T)[0, 1]) if len(values) > 1 else float("nan")


def _markdown(told: Iterable[dict[str, Any]], machine: dict[str, object]) -> str:
    lines = [
        f"Measured {str(machine['date'])[:10]} at commit `{machine['git_commit']}`, {machine['cores']} cores, "
        f"{machine['system']}.",
    ]
    for layer in told:
        lines += [
            "",
            f"{layer['layer'].capitalize()}: {layer['people']} people, {layer['minutes']:g} min; {layer['found']} of "
            f"{layer['scripted']} blinks found, {layer['made_up']} made up.",
            "",
            "| feature | blinks | bias | spread | bias differs between people by | spread in the script | correlation, "
            "single blinks of a person | correlation, means of a person's drives |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {one['feature']} | {one['n']} | {one['bias']:+.3f} | {one['spread']:.3f} | "
            f"{one['bias_between_people']:.3f} | {one['true_spread']:.3f} | {one['within']:.2f} | "
            f"{one['of_means']:.2f} |"
            for one in layer["features"]
        ]
    return "\n".join(lines) + "\n"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.blink_features", description=__doc__
    )
    parser.add_argument("--people", type=int, default=16, help="as signals (default: 16)")
    parser.add_argument("--minutes", type=float, default=5.0, help="of each drive (default: 5)")
    parser.add_argument(
        "--picture-people", type=int, default=5, help="through pictures (default: 5)"
    )
    parser.add_argument(
        "--picture-minutes", type=float, default=2.0, help="of each such drive (default: 2)"
    )
    parser.add_argument(
        "--frame-rate", type=float, default=30.0, help="frames a second (default: 30)"
    )
    parser.add_argument("--json", type=Path, help="the figures")
    parser.add_argument("--markdown", type=Path, help="the table")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
