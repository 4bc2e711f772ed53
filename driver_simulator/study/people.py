"""Who takes part in a simulated study: drawn once for each participant, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_CAMERAS = ("steering_column", "dash_centre", "a_pillar", "mirror")
_NARROW_MM, _WIDE_MM = 8.0, 12.0
_GLASSES_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class StudyPerson:
    """One participant; `number` from 1."""

    number: int
    seed: int
    aperture_mm: float
    glasses: bool
    camera: str

    @property
    def name(self) -> str:
        return f"p{self.number:02d}"

    @property
    def eyes(self) -> str:
        if self.aperture_mm < _NARROW_MM:
            return "narrow"
        return "wide" if self.aperture_mm >= _WIDE_MM else "usual"

    def scenario_part(self) -> dict[str, Any]:
        """As the language of scenarios has it."""
        eyewear = {"type": "glasses"} if self.glasses else {"type": "none"}
        return {"eye_aperture_mm": self.aperture_mm, "eyewear": eyewear}


def draw_people(count: int, seed: int) -> list[StudyPerson]:
    people = []
    for number in range(1, count + 1):
        rng = np.random.default_rng([seed, number, 0])
        people.append(
            StudyPerson(
                number=number,
                seed=int(rng.integers(2**32)),
                aperture_mm=round(float(rng.uniform(7.0, 13.0)), 2),
                glasses=bool(rng.random() < _GLASSES_SHARE),
                # In turn, so that a small study has every place of the camera.
                camera=_CAMERAS[(number - 1) % len(_CAMERAS)],
            )
        )
    return people
