"""The telemetry thread: commits events to the outbox, carries them to the MQTT thread, forgets what is acknowledged.

Also sends live state, status and health in their rhythm. It alone touches the disk; it never touches a socket.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from edge_app.driver_state.signals import TemporalHead
from edge_app.telemetry import clock
from edge_app.telemetry.client import MqttClient
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.credentials import CredentialSource
from edge_app.telemetry.event_message import envelope, importance_of, payload_as_sent
from edge_app.telemetry.health import HealthReporter, LoopHealth
from edge_app.telemetry.home_assistant import discovery
from edge_app.telemetry.inbox import Acknowledged, Item, Posted, Stop, Wake
from edge_app.telemetry.keeping import Keeping
from edge_app.telemetry.messages import CommandCountsMessage, HealthMessage
from edge_app.telemetry.outbox import BEFORE_ALL, Entry, Importance, Receipt
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.telemetry.status_board import StatusBoard
from edge_app.telemetry.ulid import UlidMaker
from edge_app.telemetry.unit_event import UnitEvent, UnitEventType
from edge_app.telemetry.vss import VssSpeaker

logger = logging.getLogger(__name__)

FIRST_HEALTH_S = 5.0  # soon after the start somebody is usually watching
IDLE_S = 1.0
FAULT_S = 0.1  # a fault in every turn must not take the processor from the loop
TELEMETRY_FAULT = "telemetry_fault"
COMMANDS_REFUSED = "commands_refused"  # by the broker: it lets us hear none
JSON = "application/json"
CLOUDEVENTS = "application/cloudevents+json"


class Courier:
    """Everything between the loop's hand-over and the MQTT thread's."""

    def __init__(
        self,
        settings: TelemetrySettings,
        vehicle: str,
        inbox: queue.SimpleQueue[Item],
        keeping: Keeping,
        board: StatusBoard,
        reporter: HealthReporter,
        boot_id: str,
        heads: Sequence[TemporalHead] = (),
    ) -> None:
        self._inbox = inbox
        self.health_source: Callable[[], LoopHealth | None] | None = None
        self.command_counts: Callable[[], CommandCountsMessage | None] = lambda: None
        self.credentials: CredentialSource | None = None
        self.newest: Seen | None = None
        self.loop_reasons: tuple[str, ...] = ()
        self.failures = 0  # errors nobody foresaw
        self.last_error: str | None = None
        self.stored = 0  # events taken from the loop and kept
        self.report = keeping.report()
        self._settings = settings
        self._state_interval_s = settings.state_interval_s
        self._health_interval_s = settings.health_interval_s
        self._vehicle = vehicle
        self._base = f"{settings.topic_prefix}/{vehicle}"
        self._keeping = keeping
        self._board = board
        self._reporter = reporter
        self._boot_id = boot_id
        self._heads = heads
        self._discovery = discovery(settings, vehicle)
        self._vss = VssSpeaker(settings, self._base)
        self._ulids = UlidMaker()
        self._sequence = 0
        self._received: deque[Item] = deque()
        self._gauges: list[tuple[Instant, HealthMessage]] = []
        self._in_flight: set[Receipt] = set()
        self._position = BEFORE_ALL
        self._connection_number = 0
        self._sent: Seen | None = None
        now_s = time.monotonic()
        self._state_due_s = now_s
        self._health_due_s = now_s + min(FIRST_HEALTH_S, settings.health_interval_s)
        self._gauges_due_s = now_s
        self._stopping = False
        self._flush_until_s = float("inf")
        self._thread = threading.Thread(target=self._run, name="vigil-telemetry", daemon=True)
        self._client: MqttClient

    def start(self, client: MqttClient) -> None:
        self._client = client
        self._thread.start()

    def keep_rhythm(self, state_interval_s: float, health_interval_s: float) -> None:
        """From now on. From any thread."""
        self._state_interval_s, self._health_interval_s = state_interval_s, health_interval_s
        now_s = time.monotonic()
        self._state_due_s = min(self._state_due_s, now_s + state_interval_s)
        self._health_due_s = min(self._health_due_s, now_s + health_interval_s)
        self._inbox.put(Wake())

    def stop(self, timeout_s: float) -> bool:
        """Commit all, deliver what can be delivered in time; False when the disk is still busy after that."""
        self._flush_until_s = time.monotonic() + timeout_s
        self._inbox.put(Stop())
        self._thread.join(timeout_s + 1.0)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def _run(self) -> None:
        """Each step is guarded by itself, so that a bug in one of them does not silence the others."""
        steps = (
            self._take_in,
            self._mend_outbox,
            self._tell_of_set_aside,
            self._refresh_credentials,
            self._follow_connection,
            self._tell_status,
            self._hand_over,
            self._send_state,
            self._collect_health,
            self._commit_gauges,
            self._refresh_report,
        )
        while not self._finished():
            self._receive()
            for step in steps:
                try:
                    step()
                except Exception as error:
                    logger.exception("The telemetry thread met an error nobody foresaw.")
                    self.failures += 1
                    self.last_error = f"Internal error of telemetry: {error!r}."
                    time.sleep(FAULT_S)

    def _finished(self) -> bool:
        if not self._stopping or self._received:
            return False
        delivered = not self._client.state.connected or self._keeping.waiting == 0
        return delivered or time.monotonic() > self._flush_until_s

    def _mend_outbox(self) -> None:
        if self._keeping.retry():
            self._position = BEFORE_ALL  # older ones became readable again

    def _tell_of_set_aside(self) -> None:
        """A message as any other, so that an absent broker or a restart cannot swallow it."""
        rescued = self._keeping.rescued_untold
        if rescued is None:
            return
        now = clock.now()
        event = UnitEvent(
            UnitEventType.OUTBOX_SET_ASIDE,
            now.monotonic_s,
            now.monotonic_s,
            values={"messages_rescued": rescued},
        )
        entry = self.entry_of(Posted(event, now))
        self._keeping.keep_notice(entry)

    def _refresh_credentials(self) -> None:
        if self.credentials is not None:
            self.credentials.refresh(clock.now())

    def _refresh_report(self) -> None:
        self.report = self._keeping.report()

    def _receive(self) -> None:
        """Wait for something to do, then take all there is."""
        wait_s = min(IDLE_S, max(self._state_due_s - time.monotonic(), 0.02))
        if self._stopping:
            wait_s = 0.05
        try:
            self._received.append(self._inbox.get(timeout=wait_s))
            while True:
                self._received.append(self._inbox.get_nowait())
        except queue.Empty:
            return

    def _take_in(self) -> None:
        acknowledged: list[Receipt] = []
        while self._received:
            item = self._received[0]
            if isinstance(item, Posted):
                self._take_in_event(item)
            elif isinstance(item, Acknowledged):
                acknowledged.append(item.receipt)
            elif isinstance(item, Stop):
                self._stopping = True
            self._received.popleft()
        if acknowledged:
            self._in_flight.difference_update(acknowledged)
            self._keeping.forget(acknowledged)

    def _take_in_event(self, posted: Posted) -> None:
        try:
            entry = self.entry_of(posted)
        except (ValueError, TypeError, AttributeError) as error:
            # Kept at the head of the line it would hold up all that follow.
            logger.exception("An event cannot be put into words and is lost: %r", posted.event)
            self.failures += 1
            self.last_error = f"An event could not be put into words: {error!r}."
        else:
            self._keeping.keep([entry])  # each its own commit: the next one may hang
            self._refresh_report()
        self.stored += 1

    def take_in_rest(self) -> None:
        """What arrived while the thread was ending; for the thread that joined it."""
        while not self._inbox.empty():
            self._received.append(self._inbox.get_nowait())
        self._take_in()

    def entry_of(self, posted: Posted) -> Entry:
        """The event as it will be stored; takes the next sequence number."""
        self._sequence += 1
        message = envelope(
            posted.event,
            ulid=self._ulids.make(posted.at.wall_s),
            source=self._base,
            vehicle=self._vehicle,
            posted=posted.at,
            boot_id=self._boot_id,
            birth_number=self._keeping.birth_number,
            sequence=self._sequence,
        )
        return self._entry("event", message.encoded(), importance_of(posted.event), posted.at)

    def _entry(self, name: str, payload: bytes, importance: Importance, at: Instant) -> Entry:
        return Entry(
            birth_number=self._keeping.birth_number,
            sequence=self._sequence,
            importance=importance,
            topic=f"{self._base}/{name}",
            payload=payload,
            posted_s=at.monotonic_s,
            clock_synchronised=at.synchronised,
        )

    def _collect_health(self) -> None:
        now = clock.now()
        if now.monotonic_s < self._health_due_s:
            return
        self._health_due_s = now.monotonic_s + self._health_interval_s
        source = self.health_source
        loop = None if source is None else source()
        message = self._reporter.compose(now, loop, self._keeping.report(), self.command_counts())
        self._gauges.append((now, message))

    def _commit_gauges(self) -> None:
        now = clock.now()
        if not self._gauges or (now.monotonic_s < self._gauges_due_s and not self._stopping):
            return
        self._gauges_due_s = now.monotonic_s + self._settings.outbox.gauge_commit_interval_s
        entries = []
        for at, gauge in self._gauges:
            # Numbered only now: what is sent is remembered by number, so numbers follow the order of storing.
            self._sequence += 1
            numbered = gauge.model_copy(update={"sequence": self._sequence})
            entries.append(self._entry("health", numbered.encoded(), Importance.GAUGE, at))
        self._keeping.keep(entries)
        self._gauges.clear()

    def _follow_connection(self) -> None:
        """On a new connection everything unacknowledged is sent again, oldest first."""
        number = self._client.state.number
        if number != self._connection_number:
            self._connection_number = number
            self._in_flight.clear()
            self._position = BEFORE_ALL
            for outgoing in self._discovery:
                self._client.publish(outgoing, number)

    def _tell_status(self) -> None:
        own = (TELEMETRY_FAULT,) if self.failures else ()
        certificate = () if self.credentials is None else self.credentials.reasons
        unheard = (COMMANDS_REFUSED,) if self._client.state.commands_refused else ()
        self._board.reasons = (
            *self.loop_reasons,
            *self._keeping.reasons,
            *certificate,
            *own,
            *unheard,
        )
        number = self._connection_number
        if self._client.state.connected and self._board.told != (number, self._board.reasons):
            self._client.publish(self._board.now(number), number)

    def _hand_over(self) -> None:
        """Fill the window of unacknowledged messages from the outbox."""
        now = clock.now()
        link = self._client.state
        if not link.connected or link.number != self._connection_number:
            return
        window = min(self._settings.outbox.in_flight, link.receive_maximum - 1)
        room = window - len(self._in_flight)
        if room <= 0:
            return
        late_s = self._settings.historical_after_s
        for entry in self._keeping.pending(self._position, room):
            self._position = entry.receipt
            if entry.receipt in self._in_flight:
                continue
            try:
                payload = payload_as_sent(entry, self._keeping.birth_number, now, late_s)
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                # Left in the queue it would come back at every connection, and never be sent.
                self._keeping.give_up(entry.receipt, error)
                continue
            self._in_flight.add(entry.receipt)
            outgoing = Outgoing(
                topic=entry.topic,
                payload=payload,
                qos=1,
                content_type=JSON if entry.importance is Importance.GAUGE else CLOUDEVENTS,
                receipt=entry.receipt,
            )
            self._client.publish(outgoing, self._connection_number)

    def _send_state(self) -> None:
        now = clock.now()
        if now.monotonic_s < self._state_due_s:
            return
        newest = self.newest
        self._state_due_s = max(self._state_due_s + self._state_interval_s, now.monotonic_s)
        if newest is None or newest is self._sent or not self._client.state.connected:
            return
        self._sent = newest
        message = compose_state(newest, now, self._boot_id, self._settings, self._heads)
        outgoing = Outgoing(
            f"{self._base}/state",
            message.encoded(),
            qos=0,
            expiry_s=self._settings.state_expiry_s,
        )
        self._client.publish(outgoing, self._connection_number)
        for signal in self._vss.step(now.monotonic_s, message):
            self._client.publish(signal, self._connection_number)
