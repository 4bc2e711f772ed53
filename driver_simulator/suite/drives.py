"""Longer drives drawn at random: attentive ones in which nothing may be warned of, and ones of one sleepiness."""

from __future__ import annotations

from typing import Any

import numpy as np

from driver_simulator.scenario.scenario import Scenario

_ATTENTIVE_KSS = (1.0, 3.0)
_PAUSE_S = (8.0, 45.0)
_DEEDS: dict[str, tuple[float, float, dict[str, Any]]] = {
    # behaviour: shortest and longest, seconds, and what else belongs to it
    "talk": (4.0, 40.0, {}),
    "laugh": (1.5, 5.0, {}),
    "sing": (10.0, 40.0, {}),
    "eat": (15.0, 60.0, {}),
    "yawn": (4.0, 7.0, {}),
    "sneeze": (1.0, 1.5, {}),
    "rub_eyes": (1.0, 2.0, {}),
    "express": (2.0, 5.0, {"expression": "happiness"}),
}
_CHANCES = (0.4, 0.1, 0.12, 0.1, 0.03, 0.03, 0.07, 0.15)
_MIRRORS = ("left_mirror", "right_mirror", "rear_mirror", "cluster")
_LIGHTS = ("day", "day", "low_sun", "tunnel", "dusk")


def attentive_drive(
    seed: int, *, duration_s: float = 600.0, frame_rate_hz: float = 20.0
) -> Scenario:
    """One person at KSS 1 to 3 who talks, sings, eats, glances at mirrors, in changing light."""
    rng = np.random.default_rng([seed, 1])
    return Scenario.model_validate(
        {
            "name": f"attentive_{seed}",
            "seed": seed,
            "duration_s": duration_s,
            "person": _person(rng),
            "camera": _camera(rng, frame_rate_hz),
            "light": _lights(rng, duration_s),
            "vehicle": [{"from_s": 0, "speed_kmh": float(rng.uniform(60, 130))}],
            "state": [{"from_s": 0, "kss": float(rng.uniform(*_ATTENTIVE_KSS))}],
            "behaviours": _deeds(rng, duration_s),
        }
    )


def sleepy_drive(
    seed: int, kss: float, *, duration_s: float = 600.0, frame_rate_hz: float = 30.0
) -> Scenario:
    """The same person (`seed`) at a constant sleepiness."""
    rng = np.random.default_rng([seed, 2])
    return Scenario.model_validate(
        {
            "name": f"kss_{kss:g}_{seed}".replace(".", "_"),
            "seed": seed,
            "duration_s": duration_s,
            "person": _person(rng),
            "camera": {"frame_rate_hz": frame_rate_hz},
            "state": [{"from_s": 0, "kss": kss}],
        }
    )


def _person(rng: np.random.Generator) -> dict[str, Any]:
    glasses = {"type": "glasses", "transmittance": 0.9} if rng.random() < 0.3 else {"type": "none"}
    return {"eye_aperture_mm": float(rng.uniform(7, 13)), "eyewear": glasses}


def _camera(rng: np.random.Generator, frame_rate_hz: float) -> dict[str, Any]:
    position = ("steering_column", "dash_centre", "a_pillar", "mirror")[int(rng.integers(4))]
    return {
        "position": position,
        "spectrum": "near_infrared" if rng.random() < 0.5 else "colour",
        "frame_rate_hz": frame_rate_hz,
        "drop_share": float(rng.choice([0.0, 0.05])),
    }


def _lights(rng: np.random.Generator, duration_s: float) -> list[dict[str, Any]]:
    spans, t_s = [], 0.0
    while t_s < duration_s:
        spans.append({"from_s": round(t_s, 3), "type": _LIGHTS[int(rng.integers(len(_LIGHTS)))]})
        t_s += float(rng.uniform(30, 150))
    return spans


def _deeds(rng: np.random.Generator, duration_s: float) -> list[dict[str, Any]]:
    """One after the other, with pauses; a glance at a mirror now and then falls into a long one."""
    deeds: list[dict[str, Any]] = []
    t_s = float(rng.uniform(*_PAUSE_S))
    while True:
        what = str(rng.choice(list(_DEEDS), p=_CHANCES))
        shortest_s, longest_s, more = _DEEDS[what]
        length_s = float(rng.uniform(shortest_s, longest_s))
        if t_s + length_s + 3.0 >= duration_s:
            return deeds
        deeds.append(
            {"type": what, "from_s": round(t_s, 3), "duration_s": round(length_s, 3), **more}
        )
        if what in ("talk", "sing") and length_s > 6.0:
            glance_s = t_s + float(rng.uniform(1.0, length_s - 3.0))
            deeds.append(
                {
                    "type": "look_at",
                    "from_s": round(glance_s, 3),
                    "duration_s": round(float(rng.uniform(0.7, 1.6)), 3),
                    "target": str(rng.choice(_MIRRORS)),
                }
            )
        t_s += length_s + float(rng.uniform(*_PAUSE_S))
