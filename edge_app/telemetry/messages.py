"""The messages of `vigil/v1/<vehicle>/…` as pydantic models: status, state, event, health.

JSON Schemas in docs/schemas are generated from here. Units stand in the names; `None` means not known. Times are
UTC, and wrong by an unknown amount where `clock_synchronised` is false.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
SAFE_VALUE = float | int | str | bool | None
LevelWord = Literal["notice", "advice", "warning", "alarm", "unresponsive"]


def schema_name(message: str) -> str:
    """The name under which a message's schema is known, in `dataschema` and as `$id`."""
    return f"urn:vigil:schema:{message}:{SCHEMA_VERSION}"


def _may_grow(schema: dict[str, Any]) -> None:
    """Who checks by the published schema has to bear the fields of a later version."""
    schema.pop("additionalProperties", None)


class Message(BaseModel):
    """Base of all messages. Receivers ignore fields they do not know; senders add none."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_serialization_defaults_required=True,
        json_schema_extra=_may_grow,
    )

    def encoded(self) -> bytes:
        return self.model_dump_json().encode()


class Reading(Message):
    """A signal: a value, or the reason why there is none."""

    value: float | None
    unavailable: str | None = Field(description="One word of the closed list of reasons")


class StatusMessage(Message):
    """Retained. Is the unit there, and can it do its work? The broker publishes `offline` as its last will."""

    vehicle: str
    status: Literal["online", "degraded", "offline"]
    reasons: tuple[str, ...] = Field(description="Why degraded or offline, one word each")
    time: datetime | None = Field(description="When it was said; null in the last will")
    clock_synchronised: bool
    boot_id: str = Field(description="ULID of this start of the program")
    birth_number: int = Field(description="Counts the starts of the program on this unit, from 1")
    connection_number: int = Field(
        description="Counts connections since the start; the will belongs to the birth with the same number"
    )
    protocol: str | None = Field(description="MQTT version in use; null in the last will")
    versions: dict[str, str] = Field(description="Program, model bundle, libraries")


class DrowsinessMessage(Message):
    level: float | None = Field(
        description="1..9, modelled on the Karolinska scale; not a KSS rating"
    )
    confidence: float = Field(description="0..1, share of the evidence that could be seen")
    reasons: tuple[str, ...] = Field(description="What raised the level, strongest first")
    unavailable: str | None
    probability: float | None = Field(
        description="0..1, that the driver is sleepy: 8 or more on the scale"
    )
    by_eyes: bool = Field(
        description="False: eyes could not be seen; head, time driven and time of day carry it"
    )


class PerclosMessage(Message):
    share: float | None = Field(
        description="0..1 of valid time in 60 s with the eyes at least 80 % closed"
    )
    share_without_blinks: float | None = Field(
        description="The same over closures of 0.4 s and more"
    )
    coverage: float = Field(
        description="0..1, share of the 60 s in which closure was available and not in doubt"
    )


class LidsMessage(Message):
    lids: str
    closure_kind: str
    closed_s: float = Field(description="Seconds the ongoing closure has been seen closed")
    closure: Reading = Field(description="0 = this driver's open eye, 1 = this driver's closed eye")


class GlanceMessage(Message):
    off_road: bool | None
    why: str | None
    unavailable: str | None
    off_road_s: float = Field(description="Length of the ongoing glance off the road, seconds")
    off_road_s_in_window: float = Field(description="Sum over the last 30 s")


class PresenceMessage(Message):
    face_present: bool
    absent_s: float
    eyes_unavailable_s: float
    unavailable: str | None


class YawnMessage(Message):
    in_progress: bool
    count_10_min: int


class HeadDropsMessage(Message):
    in_progress: bool
    count_10_min: int


class CalibrationMessage(Message):
    """How far this driver is known. What was learned of him is not told."""

    progress: float = Field(description="0..1, of what is to be learned")
    confidence: float = Field(description="0..1, how steady what was learned is")
    not_learning: str | None = Field(
        description="Why nothing is learned now, one word of a closed list; null while learning"
    )
    glasses: bool | None = Field(description="Worn now; null while that cannot be told")
    driver_number: int = Field(
        description="Of the drive, from 1; counts up where another driver was noticed. It says nothing of who drives"
    )


class ImpairmentMessage(Message):
    """A suspicion for advice. No blood alcohol concentration, validated on nobody, no ground for any measure."""

    suspicion_percent: float | None
    confidence: float = Field(description="0..1, share of the evidence that could be seen")
    reasons: tuple[str, ...] = Field(description="Cues that raised it, strongest first")
    unavailable: str | None
    like_drowsiness: bool = Field(description="The cues do not tell it from sleepiness")


class AlertMessage(Message):
    type: str
    level: LevelWord
    since_s: float = Field(description="Frame time at which it was raised")
    reason: str
    acknowledged: bool


class ExpressionMessage(Message):
    label_index: int
    probabilities: tuple[float, ...]


class ExperimentalMessage(Message):
    """What a head over time says of the driver. No alert rests on it."""

    label: str | None = Field(description="The likeliest class")
    probabilities: dict[str, float] | None = Field(description="0..1 by name of the class")
    unavailable: str | None
    validated: str = Field(description="`none`, or in a sentence on which data it was validated")


class StateMessage(Message):
    """The driver now. Live only: sent once a second at QoS 0, never stored."""

    time: datetime
    clock_synchronised: bool
    boot_id: str
    t_s: float = Field(description="Frame time, seconds")
    drowsiness: DrowsinessMessage
    perclos: PerclosMessage
    eyelids: LidsMessage
    glance: GlanceMessage
    presence: PresenceMessage
    yawns: YawnMessage
    head_drops: HeadDropsMessage
    calibration: CalibrationMessage
    mouth_openness: Reading
    head_yaw_rad: Reading
    head_pitch_rad: Reading
    head_roll_rad: Reading
    blink_rate_per_min: Reading
    blink_mean_duration_s: Reading
    valid_frame_rate_hz: float
    alerts: tuple[AlertMessage, ...]
    speed_kmh: float | None
    ignition_on: bool | None
    camera: str
    expression: ExpressionMessage | None = Field(description="Null unless the owner switched it on")
    impairment: ImpairmentMessage | None = Field(description="Null unless the owner switched it on")
    experimental: dict[str, ExperimentalMessage] | None = Field(
        description="By name of the head: drowsiness, intoxication, expression_over_time; those that the models have."
        " Null unless the owner switched it on"
    )


class EventData(Message):
    """What happened, when, and why it was decided so."""

    t_s: float = Field(description="Frame time at which it was decided, seconds")
    onset_s: float = Field(description="Frame time at which what it tells of began, seconds")
    level: LevelWord | None
    values: dict[str, SAFE_VALUE] = Field(
        description="Numbers and words behind the decision; units in the keys"
    )
    boot_id: str
    birth_number: int
    sequence: int = Field(
        description="Counts events and health messages of this boot from 1; a jump is a loss"
    )
    historical: bool = Field(description="Sent so late that it tells of the past, not of now")
    clock_synchronised: bool


class EventMessage(Message):
    """CloudEvents 1.0, structured mode. The same event may arrive twice: `id` tells."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="ULID")
    source: str = Field(description="vigil/v1/<vehicle>")
    type: str = Field(description="microsleep, sleep, drowsiness, …: the words of events.jsonl too")
    time: datetime
    subject: str = Field(description="The vehicle")
    dataschema: str = schema_name("event")
    datacontenttype: Literal["application/json"] = "application/json"
    data: EventData


class LatencyMessage(Message):
    p50: float
    p95: float
    p99: float


class OutboxMessage(Message):
    rows: int
    bytes: int
    on_disk: bool = Field(description="False while the disk refuses and events wait in memory")
    commit_p50_ms: float | None
    commit_p99_ms: float | None = Field(description="The loss window at a power cut")
    dropped_gauges: int = Field(
        description="Given up because the outbox was full, since it was made"
    )
    dropped_observations: int
    dropped_safety_events: int
    dropped_unreadable: int = Field(
        description="Found damaged on disk, so that they cannot be sent; since the program's start"
    )


class CommandCountsMessage(Message):
    """Commands since the program's start."""

    done: int = Field(description="Carried out, or begun")
    failed: int
    repeated: int = Field(description="Came again and were answered as before")
    refused: dict[str, int] = Field(description="By the one word of the reason")
    dropped: int = Field(description="Never looked at: too many were waiting")


class HealthMessage(Message):
    """How the unit itself fares, once a minute, kept through outages."""

    time: datetime
    clock_synchronised: bool
    boot_id: str
    birth_number: int
    sequence: int
    historical: bool
    uptime_s: float
    frame_rate_hz: float | None
    frames: int | None
    frames_dropped: int | None
    latency_ms: LatencyMessage | None = Field(description="Capture to driver state")
    temperature_celsius: float | None
    memory_rss_mb: float | None
    cpu_percent: float = Field(description="Of one core, over the last interval")
    disk_free_mb: float | None
    outbox: OutboxMessage
    model_bundle: str | None
    versions: dict[str, str]
    commands: CommandCountsMessage | None = Field(
        default=None, description="Null where the unit takes none"
    )


MESSAGES: dict[str, type[Message]] = {
    "status": StatusMessage,
    "state": StateMessage,
    "event": EventMessage,
    "health": HealthMessage,
}
