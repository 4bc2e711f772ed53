"""What never leaves the vehicle unless the owner has switched it on: whatever tells of a suspicion of impairment."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.alerts.event import ActiveAlert, Event, EventType
from edge_app.telemetry.settings import TelemetrySettings

_SUSPICION = EventType.IMPAIRMENT


def event_leaves(event: Event, settings: TelemetrySettings) -> bool:
    """The end and the acknowledgement of an alert tell of it too."""
    tells = event.type is _SUSPICION or event.values.get("alert") == _SUSPICION.value
    return settings.publish_impairment or not tells


def alerts_that_leave(
    alerts: Sequence[ActiveAlert], settings: TelemetrySettings
) -> tuple[ActiveAlert, ...]:
    return tuple(
        alert for alert in alerts if settings.publish_impairment or alert.type is not _SUSPICION
    )
