"""What the source of frames tells of its vehicle: a simulated drive knows its speed; cameras and clips know nothing.

A package that adds a kind of source may add what goes with it through an entry point of the group
`vigil.vehicle_providers`: its name is the scheme, its object a function that takes what stands behind the colon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from edge_app.errors import UserError
from edge_app.vehicle.none import NoneProvider
from edge_app.vehicle.settings import SourceProviderSettings

if TYPE_CHECKING:
    from edge_app.vehicle.providers import VehicleProvider

ENTRY_POINT_GROUP = "vigil.vehicle_providers"


def open_provider(
    settings: SourceProviderSettings, source: tuple[str, str] | None
) -> VehicleProvider:
    if source is None:
        return NoneProvider()
    from importlib.metadata import entry_points  # 20 ms that a vehicle with a camera does not pay

    scheme, rest = source
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=scheme):
        try:
            opener = cast("Callable[[str], VehicleProvider]", entry.load())
        except ImportError as error:
            raise UserError(
                f"{scheme}: what it tells of the vehicle cannot be loaded ({error}); install what"
                " it needs, or set vehicle.provider.type to none"
            ) from error
        return opener(rest)
    return NoneProvider()
