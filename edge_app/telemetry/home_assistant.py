"""Home Assistant's MQTT discovery: one retained message that describes the unit as a device with its entities.

No value is sent here: the entities read `status`, `state`, `event` and `health`, so Home Assistant sees what every
other subscriber sees. Entities of what the owner has not switched on are not announced.
"""

from __future__ import annotations

import json
import re
from typing import Any

from edge_app import __version__
from edge_app.alerts.event import EventType
from edge_app.errors import UserError
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings

OBJECT_ID = "vigil"
_ID = re.compile(r"[A-Za-z0-9_-]+")
_MISSED_BEFORE_UNKNOWN = 3  # messages in a row
_UNTIMELY_S = 5


def discovery(settings: TelemetrySettings, vehicle: str) -> tuple[Outgoing, ...]:
    """To be published at each connection; nothing where it is switched off. Raises UserError for a vehicle id that
    cannot stand in a discovery topic.
    """
    if not settings.home_assistant.enabled:
        return ()
    if not _ID.fullmatch(vehicle):
        raise UserError(
            f"Home Assistant takes letters, digits, `_` and `-` only: change unit.vehicle_id {vehicle!r} or switch"
            " telemetry.home_assistant.enabled off."
        )
    topic = f"{settings.home_assistant.discovery_prefix}/device/{vehicle}/{OBJECT_ID}/config"
    payload = json.dumps(_device(settings, vehicle), separators=(",", ":"), ensure_ascii=False)
    # At QoS 1 a broker that does not let us write there would end the connection again and again.
    return (Outgoing(topic, payload.encode(), qos=0, retain=True),)


def _device(settings: TelemetrySettings, vehicle: str) -> dict[str, Any]:
    base = f"{settings.topic_prefix}/{vehicle}"
    entities = _Entities(settings, vehicle, base)
    return {
        "device": {
            "identifiers": [f"vigil_{vehicle}"],
            "name": f"Vigil {vehicle}",
            "manufacturer": "Vigil",
            "model": "Driver monitoring",
            "sw_version": __version__,
        },
        "origin": {"name": "vigil", "sw_version": __version__},
        "availability": [
            {
                "topic": f"{base}/status",
                "value_template": "{{ 'offline' if value_json.status == 'offline' else 'online' }}",
            }
        ],
        "qos": 1,
        "components": {**entities.of_status(), **entities.of_state(), **entities.of_health()},
    }


class _Entities:
    """What Home Assistant calls components, by their id."""

    def __init__(self, settings: TelemetrySettings, vehicle: str, base: str) -> None:
        self._settings = settings
        self._vehicle = vehicle
        self._base = base

    def of_status(self) -> dict[str, dict[str, Any]]:
        types = [
            kind.value
            for kind in EventType
            if kind is not EventType.IMPAIRMENT or self._settings.publish_impairment
        ]
        return {
            "status": {
                **self._entity("sensor", "status", "Status", "status"),
                "value_template": "{{ value_json.status }}",
                "device_class": "enum",
                "options": ["online", "degraded", "offline"],
                "entity_category": "diagnostic",
                "json_attributes_topic": f"{self._base}/status",
                "json_attributes_template": "{{ {'reasons': value_json.reasons} | tojson }}",
                # Offline is a state of this one, not the lack of it.
                "availability": [
                    {"topic": f"{self._base}/status", "value_template": "{{ 'online' }}"}
                ],
            },
            "event": {
                **self._entity("event", "event", "Event", "event"),
                "event_types": types,
                # A delayed event must not set off an automation as though it happened now.
                "value_template": "{% if not value_json.data.historical and value_json.type in "
                f"{json.dumps(types)}"
                " %}{{ {'event_type': value_json.type, 'id': value_json.id, 'level': value_json.data.level,"
                " 'time': value_json.time} | tojson }}{% endif %}",
            },
        }

    def of_state(self) -> dict[str, dict[str, Any]]:
        entities = {
            "drowsiness_level": self._measured(
                "Drowsiness level", "drowsiness.level", icon="mdi:sleep"
            ),
            "drowsiness_probability": self._percent(
                "Drowsiness probability", "drowsiness.probability"
            ),
            "perclos": self._percent("PERCLOS", "perclos.share"),
            "yawns": self._measured("Yawns in 10 min", "yawns.count_10_min"),
            "off_road": self._yes_or_no("Looks off the road", "glance.off_road"),
            "face_present": self._yes_or_no("Face present", "presence.face_present"),
            "alert": {
                "platform": "sensor",
                "name": "Alert",
                "value_template": "{{ value_json.alerts | map(attribute='type') | join(', ') or 'none' }}",
            },
        }
        if self._settings.publish_impairment:
            entities["impairment_suspicion"] = self._measured(
                "Impairment suspicion", "impairment.suspicion_percent", unit="%"
            )
        waits_s = max(_UNTIMELY_S, round(_MISSED_BEFORE_UNKNOWN * self._settings.state_interval_s))
        return {
            key: {
                **self._entity(entity["platform"], key, entity["name"], "state"),
                "expire_after": waits_s,
                **entity,
            }
            for key, entity in entities.items()
        }

    def of_health(self) -> dict[str, dict[str, Any]]:
        entities = {
            "temperature": {
                **self._measured("Temperature", "temperature_celsius", unit="°C"),
                "device_class": "temperature",
            },
            "frame_rate": self._measured("Frame rate", "frame_rate_hz", unit="Hz"),
            "memory": {
                **self._measured("Memory", "memory_rss_mb", unit="MB"),
                "device_class": "data_size",
            },
            "undelivered": self._measured("Undelivered messages", "outbox.rows"),
        }
        waits_s = max(_UNTIMELY_S, round(_MISSED_BEFORE_UNKNOWN * self._settings.health_interval_s))
        return {
            key: {
                **self._entity("sensor", key, entity["name"], "health"),
                "entity_category": "diagnostic",
                "expire_after": waits_s,
                **entity,
            }
            for key, entity in entities.items()
        }

    def _entity(self, platform: str, key: str, name: str, message: str) -> dict[str, Any]:
        return {
            "platform": platform,
            "name": name,
            "unique_id": f"vigil_{self._vehicle}_{key}",
            "state_topic": f"{self._base}/{message}",
        }

    def _measured(
        self, name: str, field: str, *, unit: str | None = None, icon: str | None = None
    ) -> dict[str, Any]:
        """A number; null renders as `None`, which Home Assistant shows as unknown."""
        entity: dict[str, Any] = {
            "platform": "sensor",
            "name": name,
            "value_template": f"{{{{ value_json.{field} }}}}",
            "state_class": "measurement",
        }
        if unit is not None:
            entity["unit_of_measurement"] = unit
        if icon is not None:
            entity["icon"] = icon
        return entity

    def _percent(self, name: str, field: str) -> dict[str, Any]:
        return {
            **self._measured(name, field, unit="%"),
            "value_template": f"{{% set share = value_json.{field} %}}"
            "{{ none if share is none else (100 * share) | round(1) }}",
        }

    def _yes_or_no(self, name: str, field: str) -> dict[str, Any]:
        return {
            "platform": "binary_sensor",
            "name": name,
            "value_template": f"{{{{ {{true: 'ON', false: 'OFF'}}.get(value_json.{field}) }}}}",
        }
