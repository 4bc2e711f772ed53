"""One connection to a broker, from the TCP handshake to its end: a fresh paho client each time.

paho keeps unacknowledged messages and sends them again by itself, beside the outbox; a client that lives for one
connection cannot. One thread opens, turns and closes it; nothing here waits longer than the timeouts given.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge_app.telemetry.broker_error import BrokerError, connect_error, loss_error, refusal_error
from edge_app.telemetry.command_inbox import CommandInbox
from edge_app.telemetry.credentials import Credentials
from edge_app.telemetry.dialect import dialect_of
from edge_app.telemetry.outbox import Receipt
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

logger = logging.getLogger(__name__)

MQTT_5 = "5"
MQTT_3_1_1 = "3.1.1"
LOST_WITH_3_1_1 = "message expiry, reasons for refused messages and content types"
SUCCESS = MQTTErrorCode.MQTT_ERR_SUCCESS
_AROUND_A_COMMAND = 1024  # bytes of a packet beside its payload: topic, properties


class Connection:
    """Publishes until it ends; its end is a `BrokerError` that says why."""

    def __init__(
        self,
        settings: TelemetrySettings,
        credentials: Credentials,
        client_id: str,
        protocol: str,
        last_will: Outgoing | None = None,
        on_acknowledged: Callable[[Receipt], None] = lambda receipt: None,
        commands: CommandInbox | None = None,
    ) -> None:
        self.protocol = protocol
        self.receive_maximum = 65_535
        self._settings = settings
        self._is_5 = protocol == MQTT_5
        self._on_acknowledged = on_acknowledged
        self._answer: ReasonCode | None = None  # to CONNECT
        self._farewell: ReasonCode | None = None  # the broker's, or paho's, at the end
        self._refused: ReasonCode | None = None  # of a publication
        self._commands = commands
        self.subscription_refused = False  # the broker lets us hear no commands
        self._waiting: dict[
            int, tuple[Outgoing, float]
        ] = {}  # packet id -> what was sent, and when
        self._selector = selectors.DefaultSelector()
        self._registered: tuple[object, int] | None = None
        self._dialect = dialect_of(settings)
        self._client = self._make_client(credentials, client_id, last_will)

    def _make_client(
        self, credentials: Credentials, client_id: str, last_will: Outgoing | None
    ) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if self._is_5 else True,
            protocol=MQTTProtocolVersion.MQTTv5 if self._is_5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.suppress_exceptions = False
        client.connect_timeout = self._settings.connect_timeout_s
        client.max_inflight_messages_set(0)  # the window is the outbox's affair
        if credentials.username is not None:
            client.username_pw_set(credentials.username, credentials.password)
        if credentials.tls is not None:
            client.tls_set_context(credentials.tls)
            client.tls_insecure_set(not credentials.tls.check_hostname)
        if last_will is not None:
            will = self._dialect.spoken(last_will)
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_publish = self._acknowledged
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived
        return client

    def _connected(
        self,
        client: paho.Client,
        userdata: object,
        flags: object,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._answer = reason
        self.receive_maximum = getattr(properties, "ReceiveMaximum", self.receive_maximum)

    def _disconnected(
        self,
        client: paho.Client,
        userdata: object,
        flags: object,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if self._farewell is None:
            self._farewell = reason

    def _acknowledged(
        self,
        client: paho.Client,
        userdata: object,
        packet_id: int,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        outgoing, _ = self._waiting.pop(packet_id, (None, 0.0))
        if reason.is_failure and outgoing is not None and outgoing.may_be_refused:
            logger.warning("The broker refuses a message on %s (%s).", outgoing.topic, reason)
        elif reason.is_failure:
            self._refused = reason
        elif outgoing is not None and outgoing.receipt is not None:
            self._on_acknowledged(outgoing.receipt)

    def _subscribed(
        self,
        client: paho.Client,
        userdata: object,
        packet_id: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        self.subscription_refused = any(reason.is_failure for reason in reasons)

    def _arrived(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        if self._commands is None:
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        properties = message.properties
        self._commands.lay_down(
            topic,
            bytes(message.payload),
            retained=message.retain,
            response_topic=getattr(properties, "ResponseTopic", None),
            correlation=getattr(properties, "CorrelationData", None),
        )

    def hear_commands(self, topic_filter: str) -> None:
        """Once the connection is open. What a broker has retained is never asked for."""
        if self._is_5:
            self._client.subscribe(
                topic_filter,
                options=SubscribeOptions(
                    qos=1,
                    retainAsPublished=True,
                    retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND,
                ),
            )
        else:
            self._client.subscribe(topic_filter, qos=1)

    def _asked_of_the_broker(self) -> Properties | None:
        # Who hears nothing asks for nothing: some 3.1.1 brokers misread properties, and wait for more.
        if not self._is_5 or self._commands is None:
            return None
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = self._settings.commands.max_bytes + _AROUND_A_COMMAND
        return properties

    def open(self, wake: socket.socket | None = None) -> None:
        """Returns when the broker has said yes."""
        settings = self._settings
        try:
            self._client.connect(
                settings.host,
                settings.port,
                settings.keep_alive_s,
                clean_start=True if self._is_5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
                properties=self._asked_of_the_broker(),
            )
        except (OSError, ValueError) as error:
            raise connect_error(settings, error) from error
        if wake is not None:
            self._selector.register(wake, selectors.EVENT_READ)
        deadline_s = time.monotonic() + settings.connect_timeout_s
        while self._answer is None:
            if time.monotonic() > deadline_s:
                raise BrokerError(
                    f"The broker at {settings.host}:{settings.port} does not answer within"
                    f" {settings.connect_timeout_s:g} s.",
                    closed_before_answer=settings.tls is None,
                )
            if not self._turn(0.1):
                raise refusal_error(settings, self._answer, self._is_5)
        if self._answer.is_failure:
            raise refusal_error(settings, self._answer, self._is_5)

    def publish(self, outgoing: Outgoing) -> None:
        outgoing = self._dialect.spoken(outgoing)
        properties = None
        if self._is_5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.ContentType = outgoing.content_type
            if outgoing.expiry_s is not None:
                properties.MessageExpiryInterval = outgoing.expiry_s
            if outgoing.correlation is not None:
                properties.CorrelationData = outgoing.correlation
        info = self._client.publish(
            outgoing.topic, outgoing.payload, outgoing.qos, outgoing.retain, properties=properties
        )
        if outgoing.qos > 0:
            self._waiting[info.mid] = (outgoing, time.monotonic())

    @property
    def unacknowledged(self) -> int:
        return len(self._waiting)

    def turn(self, wait_s: float) -> None:
        """Serve the socket once; returns at the latest after `wait_s`. Raises BrokerError at the end."""
        alive = self._turn(wait_s)
        where = f"{self._settings.host}:{self._settings.port}"
        if self._refused is not None:
            raise BrokerError(
                f"The broker at {where} refuses our messages ({self._refused}): may this user write to"
                f" {self._settings.topic_prefix}/<vehicle>/…?"
            )
        if not alive:
            raise loss_error(self._settings, self._farewell)
        oldest = next(iter(self._waiting.values()), None)
        if (
            oldest is not None
            and time.monotonic() - oldest[1] > self._settings.acknowledge_timeout_s
        ):
            raise BrokerError(f"The broker at {where} has stopped acknowledging messages.")

    def _turn(self, wait_s: float) -> bool:
        client = self._client
        sock = client.socket()
        if sock is None:
            return False
        self._watch(
            sock, selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0)
        )
        for key, events in self._selector.select(wait_s):
            if key.fileobj is not sock:
                _drain(key.fileobj)
                continue
            written = not events & selectors.EVENT_WRITE or client.loop_write() == SUCCESS
            if not written or (events & selectors.EVENT_READ and not self._read_all()):
                return False
        return client.loop_misc() == SUCCESS and client.socket() is not None

    def _read_all(self) -> bool:
        while True:
            if self._client.loop_read() != SUCCESS:
                return False
            sock = self._client.socket()
            if sock is None:
                return False
            # TLS hands over whole records: what is decrypted already no longer wakes the selector.
            if not isinstance(sock, ssl.SSLSocket) or not sock.pending():
                return True

    def _watch(self, sock: FileDescriptorLike, events: int) -> None:
        if self._registered == (sock, events):
            return
        if self._registered is None:
            self._selector.register(sock, events)
        else:
            self._selector.modify(sock, events)
        self._registered = (sock, events)

    def close(self, *, farewell: bool) -> None:
        """With a farewell the broker keeps the last will to itself; without, the socket just ends."""
        if farewell and self._client.socket() is not None:
            self._client.disconnect()
            deadline_s = time.monotonic() + 1.0
            while self._client.want_write() and time.monotonic() < deadline_s:
                if not self._turn(0.1):
                    break
        self._selector.close()
        sock = self._client.socket()
        if sock is not None:
            sock.close()


def _drain(wake: object) -> None:
    assert isinstance(wake, socket.socket)
    try:
        while wake.recv(4096):
            pass
    except BlockingIOError:
        return
