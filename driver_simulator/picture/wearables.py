"""Everything a scenario's person wears on the head, in the order in which it is put on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from driver_simulator.picture.beard import beard_overlay
from driver_simulator.picture.cap import cap_overlay
from driver_simulator.picture.eyewear import eyewear_overlay
from driver_simulator.picture.mask import mask_overlay
from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import Portrait
from driver_simulator.scenario.person import NoEyewear, PersonSettings

_AS_GOOD_AS_ONE, _AS_GOOD_AS_NONE = 0.995, 0.7


def overlays_of(
    person: PersonSettings, portrait: Portrait, *, infrared: bool, seed: int
) -> tuple[Overlay, ...]:
    """portrait: as the camera sees it, in grey for an infrared one. Colours and styles by the seed."""
    overlays = []
    if person.beard != "none":
        overlays.append(beard_overlay(person.beard, portrait, np.random.default_rng([seed, 11])))
    if person.mask:
        overlays.append(
            mask_overlay(portrait, np.random.default_rng([seed, 12]), infrared=infrared)
        )
    if not isinstance(person.eyewear, NoEyewear):
        overlays.append(
            eyewear_overlay(
                person.eyewear, portrait, np.random.default_rng([seed, 13]), infrared=infrared
            )
        )
    if person.cap != "none":
        overlays.append(
            cap_overlay(person.cap, portrait, np.random.default_rng([seed, 14]), infrared=infrared)
        )
    return tuple(_trimmed(overlay) for overlay in overlays)


def _trimmed(overlay: Overlay) -> Overlay:
    """Without traces too weak to be seen, which only make the window larger that is drawn."""
    return replace(
        overlay,
        gain=np.where(overlay.gain > _AS_GOOD_AS_ONE, np.float32(1), overlay.gain),
        add=np.where(overlay.add < _AS_GOOD_AS_NONE, np.float32(0), overlay.add),
    )
