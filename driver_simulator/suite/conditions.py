"""Under which conditions a situation is driven: Euro NCAP's noise variables, cameras, light, frames that are lost.

A condition is a change to the scenario's settings. Some it must cope with; of others it must say within 10 s that it
is degraded (field's protocol: mask, fringe or low cap, dark sunglasses, long beard, hand at twelve o'clock).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.scenario.scenario import Scenario

TOLD_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    changes: Mapping[str, Any]  # laid over the scenario, groups merged
    degrades: bool = False  # it must be announced within `TOLD_WITHIN_S`
    noise: PerceptionNoise | None = (
        None  # of the layer of signals, which such a condition is of alone
    )

    def of(self, scenario: Scenario) -> Scenario:
        return Scenario.model_validate(_merged(scenario.model_dump(mode="json"), self.changes))


NOMINAL = Condition("nominal", {})

_NIGHT_INFRARED = {
    "camera": {"spectrum": "near_infrared"},
    "light": [{"from_s": 0, "type": "night"}],
}

MUST_COPE = (
    NOMINAL,
    Condition("aperture 6 mm", {"person": {"eye_aperture_mm": 6}}),
    Condition("aperture 14 mm", {"person": {"eye_aperture_mm": 14}}),
    Condition("glasses 75 %", {"person": {"eyewear": {"type": "glasses", "transmittance": 0.75}}}),
    Condition("short beard", {"person": {"beard": "short"}}),
    Condition("cap", {"person": {"cap": "cap"}}),
    Condition("night, infrared", _NIGHT_INFRARED),
    Condition(
        "sunglasses that pass infrared",
        {
            **_NIGHT_INFRARED,
            "person": {
                "eyewear": {
                    "type": "sunglasses",
                    "transmittance": 0.1,
                    "infrared_transmittance": 0.7,
                }
            },
        },
    ),
    Condition("dusk", {"light": [{"from_s": 0, "type": "dusk"}]}),
    Condition("tunnel", {"light": [{"from_s": 0, "type": "tunnel"}]}),
    Condition("low sun", {"light": [{"from_s": 0, "type": "low_sun"}]}),
    Condition("camera on the dash", {"camera": {"position": "dash_centre"}}),
    Condition("camera on the pillar", {"camera": {"position": "a_pillar"}}),
    Condition("camera at the mirror", {"camera": {"position": "mirror"}}),
    Condition(
        "driver on the right", {"driver_side": "right", "camera": {"position": "dash_centre"}}
    ),
    Condition("passenger", {"passenger": True, "camera": {"position": "mirror"}}),
    Condition("10 frames/s", {"camera": {"frame_rate_hz": 10}}),
    Condition("30 % of frames lost", {"camera": {"drop_share": 0.3, "jitter_s": 0.005}}),
    Condition("noise", {"camera": {"noise": 8}}),
)

# Far beyond the deviations from which on readings are not taken (`max_eye_openness_std`, `max_head_std_deg`).
_IN_DOUBT = PerceptionNoise(
    told_openness_std=0.4, told_shut_std=0.4, told_mouth_std=0.6, told_pose_std_deg=30.0
)

MUST_SAY = (
    Condition("mask", {"person": {"mask": True}}, degrades=True),
    # From below, a camera looks under the peak.
    Condition(
        "low cap from above",
        {"person": {"cap": "low_cap"}, "camera": {"position": "mirror"}},
        degrades=True,
    ),
    Condition(
        "dark sunglasses",
        {
            "person": {
                "eyewear": {
                    "type": "sunglasses",
                    "transmittance": 0.05,
                    "infrared_transmittance": 0.05,
                }
            }
        },
        degrades=True,
    ),
    Condition("long beard", {"person": {"beard": "long"}}, degrades=True),
    Condition("perception in doubt", {}, degrades=True, noise=_IN_DOUBT),
    Condition("dark cabin, no lamp", {"light": [{"from_s": 0, "type": "night"}]}, degrades=True),
)


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `under`; a group with another `type` takes the place of the old one."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            same = value.get("type", below.get("type")) == below.get("type")
            merged[key] = _merged(below, value) if same else dict(value)
        else:
            merged[key] = value
    return merged
