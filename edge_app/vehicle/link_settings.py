"""What the settings of every link to the vehicle share."""

from __future__ import annotations

from pydantic import Field

from edge_app.settings_model import SettingsModel


class LinkSettings(SettingsModel):
    """A link whose values grow old."""

    # Buses tell speed every 10 to 100 ms, OBD and most brokers several times a second; the shortest limit for a
    # glance away is 3.5 s, so an old speed cannot decide over a whole one.
    stale_after_s: float = Field(
        default=2.0,
        gt=0,
        le=60,
        description="A value that was not told again for so long is unknown, seconds.",
    )
