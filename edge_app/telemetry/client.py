"""The MQTT thread: connects, negotiates the version, publishes, and comes back after every loss.

Publications are handed over for the present connection only. What must not be lost lies in the outbox and is
handed over again for the next one, so paho's memory is never storage.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from edge_app.back_off import BackOff
from edge_app.telemetry.broker_error import BrokerError
from edge_app.telemetry.command_inbox import CommandInbox
from edge_app.telemetry.connection import LOST_WITH_3_1_1, MQTT_3_1_1, MQTT_5, Connection
from edge_app.telemetry.credentials import Credentials, CredentialSource, read_credentials
from edge_app.telemetry.dialect import dialect_of
from edge_app.telemetry.outbox import Receipt
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings

logger = logging.getLogger(__name__)

STABLE_S = 5.0  # a connection that lasted so long was a good one: the next wait is short again
TURN_S = 0.5
SUSPICIOUS = 3
SAME_NAME_HINT = " It never lasts: does another unit have the same vehicle id?"


@dataclass(frozen=True, slots=True)
class LinkState:
    """The link as others see it. `number` counts connections; it changes before anything of the new one is sent."""

    connected: bool = False
    number: int = 0
    protocol: str | None = None
    receive_maximum: int = 65_535
    last_error: str | None = None
    failures: int = 0  # attempts and connections that ended badly since the start
    commands_refused: bool = False  # the broker does not let us subscribe to them


class MqttClient:
    """Keeps one connection to the broker alive."""

    def __init__(
        self,
        settings: TelemetrySettings,
        credentials: CredentialSource,
        vehicle: str,
        *,
        last_will: Callable[[int], Outgoing],
        birth: Callable[[int, str], Outgoing],
        on_change: Callable[[], None],
        on_acknowledged: Callable[[Receipt], None],
        commands: CommandInbox | None = None,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._client_id = dialect_of(settings).client_id(vehicle)
        self._last_will = last_will
        self._birth = birth
        self._on_change = on_change
        self._on_acknowledged = on_acknowledged
        self._commands = commands
        self._command_filter = f"{settings.topic_prefix}/{vehicle}/command/+"
        self._back_off = BackOff(settings.back_off, random or Random())
        self._protocol = MQTT_3_1_1 if settings.protocol == "3.1.1" else MQTT_5
        self._version_agreed = settings.protocol != "auto"
        self._short_lived = 0  # connections in a row that ended within STABLE_S
        self._state = LinkState()
        self._outgoing: deque[tuple[int, Outgoing]] = deque()
        self._stop = threading.Event()
        self._stop_deadline_s = 0.0
        self._farewell: Callable[[int], Outgoing] | None = None
        self._wake_here, self._wake_there = socket.socketpair()
        self._wake_here.setblocking(False)
        self._wake_there.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="vigil-mqtt", daemon=True)

    @property
    def state(self) -> LinkState:
        return self._state

    def start(self) -> None:
        self._thread.start()

    def publish(self, outgoing: Outgoing, connection_number: int) -> None:
        """Hand over for this connection; forgotten when it has ended. Never waits."""
        self._outgoing.append((connection_number, outgoing))
        self._wake()

    def stop(self, farewell: Callable[[int], Outgoing], timeout_s: float) -> None:
        """Say goodbye, so that the broker keeps the last will to itself, and end."""
        self._farewell = farewell
        self._stop_deadline_s = time.monotonic() + timeout_s
        self._stop.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s + 1.0)
        if not self._thread.is_alive():
            self._wake_here.close()
            self._wake_there.close()

    def _wake(self) -> None:
        try:
            self._wake_there.send(b"!")
        except OSError:
            # Full: it is being woken already. Closed: nobody is left to wake.
            return

    def _run(self) -> None:
        while not self._stop.is_set():
            connection: Connection | None = None
            begun_s = time.monotonic()
            try:
                number = self._state.number + 1
                credentials = self._credentials.current
                if not self._version_agreed:
                    self._ask_for_version(credentials)
                connection = Connection(
                    self._settings,
                    credentials,
                    self._client_id,
                    self._protocol,
                    self._last_will(number),
                    self._on_acknowledged,
                    self._commands,
                )
                connection.open(self._wake_here)
                self._connected(connection, number)
                self._serve(connection, number)
                connection.close(farewell=True)
                self._change(connected=False)
                return
            except BrokerError as error:
                self._failed(error.sentence + self._hint(time.monotonic() - begun_s))
                if self._other_version(error):
                    continue
            except Exception as error:
                logger.exception("The MQTT thread met an error nobody foresaw.")
                self._failed(f"Internal error of the MQTT client: {error!r}.")
            finally:
                if connection is not None:
                    connection.close(farewell=False)
            if time.monotonic() - begun_s > STABLE_S:
                self._back_off.reset()
            self._stop.wait(self._back_off.next_s())

    def _hint(self, lasted_s: float) -> str:
        """Brokers often end the older of two connections of one name without saying why."""
        self._short_lived = (
            self._short_lived + 1 if self._state.connected and lasted_s < STABLE_S else 0
        )
        return "" if self._short_lived < SUSPICIOUS else SAME_NAME_HINT

    def _ask_for_version(self, credentials: Credentials) -> None:
        """Connect once without a will: some 3.1.1 brokers misread a version 5 will, and wait for more instead of
        refusing.
        """
        self._probe(credentials, self._protocol)
        if self._protocol == MQTT_3_1_1:
            # Somebody hung up on 5. Whether on the version, or on a certificate or at a bad moment, shows only now.
            with contextlib.suppress(BrokerError):
                self._probe(credentials, MQTT_5)
                self._protocol = MQTT_5

    def _probe(self, credentials: Credentials, protocol: str) -> None:
        probe = Connection(self._settings, credentials, self._client_id, protocol)
        try:
            probe.open(self._wake_here)
            probe.close(farewell=True)
        finally:
            probe.close(farewell=False)

    def _connected(self, connection: Connection, number: int) -> None:
        logger.info(
            "Connected to the broker at %s:%d with MQTT %s.",
            self._settings.host,
            self._settings.port,
            connection.protocol,
        )
        self._version_agreed = True
        connection.publish(self._birth(number, connection.protocol))
        if self._commands is not None:
            connection.hear_commands(self._command_filter)
        self._change(
            connected=True,
            number=number,
            protocol=connection.protocol,
            receive_maximum=connection.receive_maximum,
            last_error=None,
            commands_refused=False,
        )

    def _serve(self, connection: Connection, number: int) -> None:
        """Publish until told to stop; a loss raises BrokerError."""
        while not self._stop.is_set():
            self._publish_waiting(connection, number)
            connection.turn(TURN_S)
            if connection.subscription_refused and not self._state.commands_refused:
                logger.warning(
                    "The broker at %s:%d does not let this user read %s: no command will arrive.",
                    self._settings.host,
                    self._settings.port,
                    self._command_filter,
                )
                self._change(commands_refused=True)
        self._publish_waiting(connection, number)
        if self._farewell is not None:
            connection.publish(self._farewell(number))
        while connection.unacknowledged and time.monotonic() < self._stop_deadline_s:
            connection.turn(0.1)

    def _publish_waiting(self, connection: Connection, number: int) -> None:
        while self._outgoing:
            # The last place is kept for the farewell; what waits here goes out with the next acknowledgement.
            if connection.unacknowledged >= max(1, connection.receive_maximum - 1):
                return
            meant_for, outgoing = self._outgoing.popleft()
            if meant_for == number:
                connection.publish(outgoing)

    def _failed(self, sentence: str) -> None:
        level = logging.DEBUG if sentence == self._state.last_error else logging.WARNING
        logger.log(level, "%s", sentence)
        self._outgoing.clear()
        self._change(connected=False, last_error=sentence, failures=self._state.failures + 1)

    def _other_version(self, error: BrokerError) -> bool:
        """Choose the version for the next attempt; True when it should be tried at once."""
        if self._settings.protocol != "auto":
            return False
        if error.version_refused and self._protocol == MQTT_5:
            logger.warning("Falling back to MQTT 3.1.1: without %s.", LOST_WITH_3_1_1)
            self._protocol = MQTT_3_1_1
            self._version_agreed = True
            return True
        if self._protocol == MQTT_3_1_1:
            self._protocol, self._version_agreed = MQTT_5, False
        elif error.closed_before_answer and not self._version_agreed:
            # Some old brokers hang up on a version they do not know: take turns until one is answered.
            self._protocol = MQTT_3_1_1
        return False

    def _change(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]
        self._on_change()


def check_broker(settings: TelemetrySettings, vehicle: str) -> str | None:
    """Try the broker once, up to an acknowledged message: None when all is well, else the sentence that says why not.

    Raises UserError for settings that can never work. Uses a client id of its own, so a running unit stays connected.
    """
    credentials = read_credentials(settings, vehicle)
    offered = {"auto": (MQTT_5, MQTT_3_1_1), "5": (MQTT_5,), "3.1.1": (MQTT_3_1_1,)}
    sentence: str | None = None
    for protocol in offered[settings.protocol]:
        client_id = f"{dialect_of(settings).client_id(vehicle)}-check"
        connection = Connection(settings, credentials, client_id, protocol)
        try:
            connection.open()
            topic = f"{settings.topic_prefix}/{vehicle}/check"
            connection.publish(Outgoing(topic, b"{}", qos=1))
            deadline_s = time.monotonic() + settings.connect_timeout_s
            while connection.unacknowledged:
                if time.monotonic() > deadline_s:
                    return (
                        f"The broker at {settings.host}:{settings.port} accepts the connection but"
                        " acknowledges nothing."
                    )
                connection.turn(0.1)
            connection.close(farewell=True)
            return None
        except BrokerError as error:
            sentence = sentence or error.sentence
            if not error.version_refused and not error.closed_before_answer:
                return error.sentence
        finally:
            connection.close(farewell=False)
    return sentence
