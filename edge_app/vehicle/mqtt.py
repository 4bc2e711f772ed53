"""Speed, ignition, gear and steering under their VSS names from an MQTT broker in the vehicle.

What the broker kept from before is of unknown age and is not read.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from edge_app.errors import UserError
from edge_app.vehicle.link import LinkedProvider, LinkError
from edge_app.vehicle.network_settings import MqttProviderSettings
from edge_app.vehicle.values import VehicleValues
from edge_app.vehicle.vss import VssReader

if TYPE_CHECKING:
    import paho.mqtt.client as paho
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

_CONNECT_S = 5.0
_KEEP_ALIVE_S = 10
_ANSWER_TURNS = 50
_TURN_S = 0.1


class _MqttConnection:
    """A fresh client for each connection; it is subscribed when this returns."""

    def __init__(
        self,
        settings: MqttProviderSettings,
        reader: VssReader,
        password: str | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        import paho.mqtt.client as paho
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        self._name = broker_name(settings)
        self._reader = reader
        self._answer: ReasonCode | None = None
        self._granted: list[ReasonCode] | None = None
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = _CONNECT_S
        if settings.username is not None:
            self._client.username_pw_set(settings.username, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._told
        try:
            self._client.connect(settings.host, settings.port, _KEEP_ALIVE_S)
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise LinkError(
                f"{self._name}: cannot be reached ({why.lower()}); is it running, are"
                " vehicle.provider.host, port and ca_file right?"
            ) from error
        try:
            self._await_subscription()
        except LinkError:
            self.close()
            raise

    def turn(self, wait_s: float) -> None:
        if self._client.loop(wait_s) != 0:
            raise LinkError(f"{self._name}: was lost; is it still running?")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_write()
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _await_subscription(self) -> None:
        for _ in range(_ANSWER_TURNS):
            ended = self._client.loop(_TURN_S) != 0
            if self._answer is not None and self._answer.is_failure:
                raise LinkError(
                    f"{self._name}: refuses the connection ({str(self._answer).lower()}); check"
                    " vehicle.provider.username and password_file"
                )
            if ended:
                raise LinkError(
                    f"{self._name}: hangs up without an answer; does its port expect TLS"
                    " (vehicle.provider.ca_file)?"
                )
            if self._granted is not None:
                if any(code.is_failure for code in self._granted):
                    raise LinkError(
                        f"{self._name}: refuses the topics; may this user read"
                        f" {self._reader.topics[0]}?"
                    )
                return
        raise LinkError(
            f"{self._name}: does not answer; are vehicle.provider.host and port those of a broker?"
        )

    def _connected(
        self,
        client: paho.Client,
        userdata: object,
        flags: object,
        answer: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._answer = answer
        if not answer.is_failure:
            client.subscribe([(topic, 0) for topic in self._reader.topics])

    def _subscribed(
        self,
        client: paho.Client,
        userdata: object,
        packet_id: int,
        granted: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        self._granted = granted

    def _told(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        if not message.retain:
            self._reader.read(message.topic, bytes(message.payload))


def broker_name(settings: MqttProviderSettings) -> str:
    return f"the vehicle's broker at {settings.host}:{settings.port}"


def _password(settings: MqttProviderSettings) -> str | None:
    path = settings.password_file
    if path is None:
        return None
    try:
        lines = path.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UserError(
            f"vehicle.provider.password_file {path} cannot be read ({why.lower()}); give a file"
            " whose first line is the password"
        ) from error
    if not lines or not lines[0]:
        raise UserError(
            f"vehicle.provider.password_file {path} is empty; its first line must be the password"
        )
    return lines[0]


def _tls(settings: MqttProviderSettings) -> ssl.SSLContext | None:
    if settings.ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(settings.ca_file.expanduser()))
    except (OSError, ssl.SSLError) as error:
        raise UserError(
            f"vehicle.provider.ca_file {settings.ca_file} cannot be read as a PEM certificate; give"
            " that of the authority that signed the broker's"
        ) from error


def open_provider(settings: MqttProviderSettings, source: tuple[str, str] | None) -> LinkedProvider:
    password, tls = _password(settings), _tls(settings)
    values = VehicleValues(settings.stale_after_s, settings.switches_stale_after_s)
    reader = VssReader(settings.topic_prefix, settings.topics, values)
    return LinkedProvider(
        broker_name(settings),
        lambda: _MqttConnection(settings, reader, password, tls),
        values,
        silence_hint=f"does anybody publish {reader.topics[0]}?",
    )
