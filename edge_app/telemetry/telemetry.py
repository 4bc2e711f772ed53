"""The loop's door to the fleet. What is posted here is handed over in memory within microseconds.

Nothing here waits for the network or the disk, except `start` (which opens the outbox) and `close`.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edge_app.alerts.event import ActiveAlert, Event
from edge_app.driver_state.signals import TemporalHead
from edge_app.driver_state.state import DriverState
from edge_app.errors import UserError
from edge_app.telemetry import clock
from edge_app.telemetry.client import MqttClient
from edge_app.telemetry.command_inbox import CommandInbox
from edge_app.telemetry.connection import LOST_WITH_3_1_1, MQTT_3_1_1
from edge_app.telemetry.courier import Courier
from edge_app.telemetry.credentials import CredentialSource
from edge_app.telemetry.event_message import event_line
from edge_app.telemetry.health import HealthReporter, LoopHealth
from edge_app.telemetry.inbox import Acknowledged, Item, Posted, Wake
from edge_app.telemetry.keeping import Keeping
from edge_app.telemetry.kept_in_vehicle import event_leaves
from edge_app.telemetry.messages import CommandCountsMessage
from edge_app.telemetry.outbox import Receipt
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.state_message import Seen
from edge_app.telemetry.status_board import StatusBoard
from edge_app.telemetry.ulid import UlidMaker
from edge_app.vehicle.state import VehicleState

logger = logging.getLogger(__name__)

_NO_BIRTH = 0  # births count from 1: receipts of what never was in the outbox
_SEALED = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class TelemetryStatus:
    """How the way to the fleet fares, for the local page, `vigil doctor` and tests."""

    enabled: bool
    connected: bool = False
    protocol: str | None = None
    lost_by_protocol: str | None = None  # what the older MQTT version cannot do
    connections: int = 0
    queue_depth: int = 0  # messages the broker has not yet taken
    in_flight: int = 0
    commit_p50_ms: float | None = None
    commit_p99_ms: float | None = None
    reasons: tuple[str, ...] = ()
    last_error: str | None = None  # a sentence


class Telemetry:
    """Posts events, state and status to the fleet, by threads of its own."""

    def __init__(
        self,
        settings: TelemetrySettings,
        vehicle: str,
        versions: Mapping[str, str],
        heads: Sequence[TemporalHead] = (),
    ) -> None:
        """`heads`: those over time that perception offers. Raises UserError for settings that can never work."""
        self._settings = settings
        self._vehicle = vehicle
        self._versions = dict(versions)
        self._heads = heads
        self._health_source: Callable[[], LoopHealth | None] | None = None
        self._command_counts: Callable[[], CommandCountsMessage | None] = lambda: None
        takes_commands = settings.enabled and settings.commands.enabled
        self.commands = CommandInbox(settings.commands.max_bytes) if takes_commands else None
        self._lock = threading.Lock()
        self._closed = False
        self._posted = 0
        self._inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._keeping: Keeping | None = None
        self._courier: Courier | None = None
        self._client: MqttClient | None = None
        self._credentials = CredentialSource(settings, vehicle) if settings.enabled else None
        self._stills = itertools.count(1)
        self._still_receipts: dict[Receipt, Callable[[], None]] = {}

    def start(self) -> None:
        """Open the outbox, begin to connect. Raises UserError when the outbox has no place that could hold it."""
        if self._credentials is None:
            return
        self._warn_of_readable_password()
        settings = self._settings
        boot_id = UlidMaker().make(clock.now().wall_s)
        keeping = Keeping(settings.outbox)
        board = StatusBoard(
            f"{settings.topic_prefix}/{self._vehicle}/status",
            self._vehicle,
            boot_id,
            keeping.birth_number,
            self._versions,
        )
        reporter = HealthReporter(
            settings.outbox.path, self._versions, boot_id, keeping.birth_number
        )
        courier = Courier(
            settings, self._vehicle, self._inbox, keeping, board, reporter, boot_id, self._heads
        )
        courier.health_source = self._health_source
        courier.credentials = self._credentials
        courier.command_counts = self._command_counts
        client = MqttClient(
            settings,
            self._credentials,
            self._vehicle,
            last_will=board.last_will,
            birth=board.birth,
            on_change=lambda: self._inbox.put(Wake()),
            on_acknowledged=self._acknowledged,
            commands=self.commands,
        )
        self._keeping, self._courier, self._client, self._board = keeping, courier, client, board
        client.start()
        courier.start(client)

    def _warn_of_readable_password(self) -> None:
        local = self._settings.host in ("localhost", "127.0.0.1", "::1")
        source = self._credentials
        has_password = source is not None and source.current.password is not None
        if has_password and self._settings.tls is None and not local:
            logger.warning(
                "The password goes to %s unencrypted: set telemetry.tls.", self._settings.host
            )

    @property
    def health_source(self) -> Callable[[], LoopHealth | None] | None:
        """Asked by the telemetry thread for the loop's counters, once per health message."""
        return self._health_source

    @health_source.setter
    def health_source(self, source: Callable[[], LoopHealth | None] | None) -> None:
        self._health_source = source
        if self._courier is not None:
            self._courier.health_source = source

    def count_commands(self, counts: Callable[[], CommandCountsMessage | None]) -> None:
        """`counts`: asked by the telemetry thread, once per health message."""
        self._command_counts = counts
        if self._courier is not None:
            self._courier.command_counts = counts

    def answer_command(self, outgoing: Outgoing) -> None:
        """Sent on the present connection or not at all: who asks again is answered again. Never waits."""
        client = self._client
        if client is not None and client.state.connected:
            client.publish(outgoing, client.state.number)

    @property
    def connection_number(self) -> int:
        """Counts connections; 0 before the first."""
        return 0 if self._client is None else self._client.state.number

    @property
    def is_quiet(self) -> bool:
        """Connected, and nothing waits or is under way."""
        status = self.snapshot()
        return status.connected and status.queue_depth == 0 and status.in_flight == 0

    def send_still(
        self, name: str, sealed: bytes, taken: queue.SimpleQueue[str], connection_number: int
    ) -> None:
        """For this connection only. Its name is put into `taken` when the broker has it. Never waits."""
        client = self._client
        if client is None:
            return
        receipt = (_NO_BIRTH, next(self._stills))
        self._still_receipts = {
            receipt: lambda: taken.put(name)
        }  # the one before went with its connection
        topic = f"{self._settings.topic_prefix}/{self._vehicle}/still/{name}"
        outgoing = Outgoing(topic, sealed, 1, content_type=_SEALED, receipt=receipt)
        client.publish(outgoing, connection_number)

    def _acknowledged(self, receipt: Receipt) -> None:
        told = self._still_receipts.pop(receipt, None)
        if told is not None:
            told()
        elif receipt[0] != _NO_BIRTH:
            self._inbox.put(Acknowledged(receipt))

    def keep_rhythm(self, state_interval_s: float, health_interval_s: float) -> None:
        """How often state and health are told from now on."""
        if self._courier is not None:
            self._courier.keep_rhythm(state_interval_s, health_interval_s)

    def post_event(self, event: Event) -> None:
        """Hand an event over; the telemetry thread commits it to disk. What stays in the vehicle is not even kept."""
        if not self._settings.enabled or not event_leaves(event, self._settings):
            return
        posted = Posted(event, clock.now())
        with self._lock:
            if not self._closed and (self._courier is None or self._courier.alive):
                self._posted += 1
                self._inbox.put(posted)
                return
        self._store_late(posted)

    def post_state(
        self,
        state: DriverState,
        alerts: Sequence[ActiveAlert],
        vehicle_state: VehicleState,
        camera: str,
    ) -> None:
        """The newest wins; sent once per `state_interval_s` while connected, never stored."""
        if self._courier is not None:
            self._courier.newest = Seen(state, tuple(alerts), vehicle_state, camera)

    def post_status(self, degraded_reasons: tuple[str, ...]) -> None:
        """Why the unit cannot do all its work now, one word each; empty when it can."""
        courier = self._courier
        if courier is not None and courier.loop_reasons != degraded_reasons:
            courier.loop_reasons = degraded_reasons
            self._inbox.put(Wake())

    def close(self, timeout_s: float = 5.0) -> None:
        """Commit everything, deliver what can be delivered in time, say goodbye. The rest waits on disk."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        courier, client, keeping = self._courier, self._client, self._keeping
        if courier is None or client is None or keeping is None:
            return
        finished = courier.stop(timeout_s)
        client.stop(self._board.farewell, min(1.0, timeout_s))
        if not finished:
            logger.error("The disk is still busy: the last events may not be in the outbox yet.")
            return
        courier.take_in_rest()
        unsaved = keeping.close()
        if unsaved:
            logger.error("%d messages could not be written to the outbox and are lost.", unsaved)

    def _store_late(self, posted: Posted) -> None:
        """An event after `close` goes straight to disk, to be delivered after the next start."""
        courier = self._courier
        if courier is None:
            self._log_lost(posted, "telemetry was never started")
            return
        try:
            keeping = Keeping(self._settings.outbox, new_boot=False)
        except UserError as error:
            self._log_lost(posted, str(error))
            return
        keeping.keep([courier.entry_of(posted)])
        if keeping.close():
            self._log_lost(posted, "the disk refuses")

    def _log_lost(self, posted: Posted, why: str) -> None:
        logger.error("An event is lost (%s): %s", why, event_line(posted.event))

    def snapshot(self) -> TelemetryStatus:
        keeping, courier, client = self._keeping, self._courier, self._client
        if keeping is None or courier is None or client is None:
            return TelemetryStatus(enabled=self._settings.enabled)
        link = client.state
        report = courier.report
        return TelemetryStatus(
            enabled=True,
            connected=link.connected,
            protocol=link.protocol,
            lost_by_protocol=LOST_WITH_3_1_1 if link.protocol == MQTT_3_1_1 else None,
            connections=link.number,
            queue_depth=report.rows + self._posted - courier.stored,
            in_flight=courier.in_flight,
            commit_p50_ms=report.commit_p50_ms,
            commit_p99_ms=report.commit_p99_ms,
            reasons=self._board.reasons,
            last_error=link.last_error or courier.last_error,
        )
