"""AWS IoT Core: Vigil's own topics and payloads under a client id that is the name of the thing.

Its limits (128 KB a message, 7 slashes in a topic, no QoS 2, 100 unacknowledged messages) hold without a change
here: settings refuse what would pass them, and no message of Vigil comes near the size.
"""

from __future__ import annotations

from edge_app.telemetry.outgoing import Outgoing

MOST_BYTES = 128 * 1024
MOST_SLASHES = 7


class AwsIotDialect:
    """Policies know a unit by `iot:Connection.Thing.ThingName`, which is the client id."""

    def client_id(self, vehicle: str) -> str:
        return vehicle

    def spoken(self, outgoing: Outgoing) -> Outgoing:
        return outgoing
