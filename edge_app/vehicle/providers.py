"""The one protocol behind which all vehicle connections stand, and the registry that opens them by `type`.

The `type` in the settings names a plug-in module of this package; it is imported only when chosen.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from edge_app.vehicle.settings import (
    FixedProviderSettings,
    NoneProviderSettings,
    ProviderSettings,
    SourceProviderSettings,
)
from edge_app.vehicle.state import VehicleState

AddedSource = tuple[str, str]
"""Scheme of a source of frames that a package adds, and what stands behind its colon."""


class VehicleProvider(Protocol):
    """What the vehicle says of itself. Used from one thread."""

    def read(self, t_s: float) -> VehicleState:
        """What is known at frame time `t_s`. Never waits; what is too old to trust is None."""
        ...

    def close(self) -> None:
        """Release the connection. May be called twice."""
        ...


class Linked(Protocol):
    """A provider at the end of a link that can be lost."""

    def trouble(self) -> str | None:
        """Why something is not heard, as one sentence; None while all is well."""
        ...

    def trouble_after(self, wait_s: float) -> str | None:
        """The same, when a first word has been waited for: for a check, not for the loop."""
        ...


def as_linked(provider: VehicleProvider) -> Linked | None:
    """`provider`, where it has a link; one that makes its values itself can lose none."""
    return cast(Linked, provider) if hasattr(provider, "trouble") else None


def beside_a_recording(settings: ProviderSettings) -> ProviderSettings:
    """What may speak of the vehicle beside a recording: what a link tells now was not so then."""
    fits = (SourceProviderSettings, NoneProviderSettings, FixedProviderSettings)
    return settings if isinstance(settings, fits) else SourceProviderSettings()


def open_provider(settings: ProviderSettings, source: AddedSource | None = None) -> VehicleProvider:
    """The provider that `settings.type` names; `source`: where frames come from, unless from a built-in kind.

    Raises `UserError` where it cannot be opened.
    """
    plug_in = import_module(f"edge_app.vehicle.{settings.type}")
    return cast(VehicleProvider, plug_in.open_provider(settings, source))
