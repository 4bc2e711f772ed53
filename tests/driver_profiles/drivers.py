"""Simulated drivers with faces of their own, judged as the program would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from calibration.driver.profile import DriverProfile
from calibration.driver.references import DriverReferences, EyeReference
from driver_simulator.driver.signal_reading import SignalSampler
from edge_app.driver_profiles.keeper import ProfileKeeper
from edge_app.driver_profiles.settings import ConsentSettings, DriverProfileSettings
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.face.face_geometry import GEOMETRY_STD
from edge_app.judgement import DriverJudge, Moment
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState
from tests.simulator.driver.scenes import instants, performed

TODAY = date(2026, 11, 30)
RATE_HZ = 15.0
FACE = (0.434, 0.020, 0.148, 0.708, 1.966, 2.328)
FAST = VehicleState(speed_kmh=100.0, ignition_on=True)
CONSENT = ConsentSettings(
    text="I agree that this vehicle keeps what it learns of my eyes.",
    reference="file 12",
    given_on=date(2026, 1, 10),
)


def settings_for(folder: Path, **changes: Any) -> DriverProfileSettings:
    return DriverProfileSettings(
        **{"enabled": True, "folder": folder, "consent": CONSENT, **changes}
    )


def face(deviations: float) -> tuple[float, ...]:
    """One that is so unlike `FACE`."""
    return tuple(ratio + deviations * std for ratio, std in zip(FACE, GEOMETRY_STD, strict=True))


def profile(
    geometry: tuple[float, ...] | None = FACE,
    *,
    opened: float = 0.7,
    last_used: date = TODAY,
    created: date = TODAY,
) -> DriverProfile:
    eye = EyeReference(open=opened, closed=0.22)
    return DriverProfile(
        created=created.isoformat(),
        last_used=last_used.isoformat(),
        bare=DriverReferences(left=eye, right=eye),
        geometry=geometry,
        geometry_spreads=None if geometry is None else tuple(0.01 for _ in geometry),
    )


def seen(
    until_s: float, geometry: tuple[float, ...], *, from_s: float = 0.0, seed: int = 0
) -> Iterator[Signals]:
    """An attentive driver of an ordinary drive, with this face."""
    performance = performed(duration_s=until_s, seed=seed, person={"eye_aperture_mm": 8.0})
    own = performance.traits.face_geometry
    for signals in SignalSampler(performance).sample(instants(0.0, until_s - from_s, RATE_HZ)):
        ratios = signals.face_geometry
        if ratios is not None:
            ratios = tuple(
                round(r - o + g, 4) for r, o, g in zip(ratios, own, geometry, strict=True)
            )
        yield replace(signals, t_s=signals.t_s + from_s, face_geometry=ratios)


def drive(
    keeper: ProfileKeeper, signals: Iterator[Signals], judge: DriverJudge | None = None
) -> tuple[DriverJudge, list[DriverProfile], list[DriverState]]:
    """The judge, the profiles that were handed to it, and the states."""
    settings = VigilSettings()
    judge = judge or DriverJudge(settings.driver_state, settings.alerts)
    handed, states = [], []
    for each in signals:
        found = keeper.profile_for(each)
        if found is not None:
            handed.append(found)
        state = judge.step(Moment(each, FAST, profile=found)).state
        keeper.judged(state, judge.estimator.personal)
        states.append(state)
    return judge, handed, states
