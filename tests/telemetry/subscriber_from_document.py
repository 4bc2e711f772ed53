"""A fleet's end of the line, written from docs/asyncapi.yaml alone: it knows nothing of Vigil's code.

It reads the document at run time, subscribes to every channel on which the vehicle sends, checks each payload by the
schema given for its channel, and asks on the channels on which the vehicle receives.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import yaml
from jsonschema import Draft7Validator
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions


@dataclass(frozen=True, slots=True)
class Received:
    """A message of a channel that the document knows; `parameters` are the variable levels of its topic."""

    channel: str
    parameters: dict[str, str]
    payload: Any
    qos: int
    retained: bool
    correlation: bytes | None
    expiry_s: int | None
    content_type: str | None


class Channel:
    """One channel of the document."""

    def __init__(self, name: str, document: dict[str, Any]) -> None:
        self.name = name
        channel = document["channels"][name]
        self.address: str = channel["address"]
        levels = re.split(r"\{(\w+)\}", self.address)
        self.topic_filter = "+".join(levels[::2])
        self._pattern = re.compile(
            "".join(
                f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
                for index, part in enumerate(levels)
            )
        )
        (message,) = (
            resolve(resolve(message, document), document)
            for message in channel["messages"].values()
        )
        self.content_type: str = message["contentType"]
        self.is_binary = message["payload"].get("format") == "binary"
        # The references of the payload lead into the document, so it comes along.
        self._validator = Draft7Validator(
            {**message["payload"], "components": document["components"]}
        )

    def parameters(self, topic: str) -> dict[str, str] | None:
        match = self._pattern.fullmatch(topic)
        return None if match is None else match.groupdict()

    def topic(self, **parameters: str) -> str:
        return self.address.format(**parameters)

    def problems(self, payload: object) -> list[str]:
        return [error.message for error in self._validator.iter_errors(payload)]


def resolve(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the document leads to; other nodes stay as they are."""
    target: Any = node
    if "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
    return dict(target)


class DocumentedSubscriber:
    """Everything received, by channel. What the document does not foresee is a problem."""

    def __init__(self, document: Path, host: str, port: int) -> None:
        self._document = yaml.safe_load(document.read_text(encoding="utf-8"))
        self.received: list[Received] = []
        self.problems: list[str] = []
        self._sent = self._channels("send")
        self._taken = self._channels("receive")
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_connect = lambda *_: self._subscribe()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda client, userdata, message: self._arrived(message)
        self._client.connect(host, port)
        self._client.loop_start()
        assert self._subscribed.wait(5)

    def _channels(self, action: str) -> dict[str, Channel]:
        """Those on which the vehicle sends, or receives."""
        names = (
            operation["channel"]["$ref"].rpartition("/")[2]
            for operation in self._document["operations"].values()
            if operation["action"] == action
        )
        return {name: Channel(name, self._document) for name in names}

    def _subscribe(self) -> None:
        options = SubscribeOptions(qos=1, retainAsPublished=True)
        self._client.subscribe([(channel.topic_filter, options) for channel in self._sent.values()])

    def _arrived(self, message: paho.MQTTMessage) -> None:
        for channel in self._sent.values():
            parameters = channel.parameters(message.topic)
            if parameters is not None:
                payload = message.payload
                if not channel.is_binary:
                    payload = json.loads(message.payload)
                    self.problems += [
                        f"{message.topic}: {problem}" for problem in channel.problems(payload)
                    ]
                properties = message.properties
                received = Received(
                    channel.name,
                    parameters,
                    payload,
                    message.qos,
                    message.retain,
                    getattr(properties, "CorrelationData", None),
                    getattr(properties, "MessageExpiryInterval", None),
                    getattr(properties, "ContentType", None),
                )
                self.problems += self._against_bindings(received, channel)
                self.received.append(received)
                return
        self.problems.append(f"{message.topic}: no such channel")

    def _against_bindings(self, received: Received, channel: Channel) -> list[str]:
        """Did the message come as its operation says?"""
        (operation,) = (
            operation
            for operation in self._document["operations"].values()
            if operation["channel"]["$ref"].endswith(f"/{channel.name}")
        )
        said = operation["bindings"]["mqtt"]
        wanted = (
            said["qos"],
            said["retain"],
            said.get("messageExpiryInterval"),
            channel.content_type,
        )
        # A broker counts the expiry down while it holds a message.
        expiry_s = said.get("messageExpiryInterval") if received.expiry_s else None
        came = (received.qos, received.retained, expiry_s, received.content_type)
        return [] if came == wanted else [f"{channel.name}: came as {came}, expected {wanted}"]

    def of(self, channel: str) -> list[Received]:
        return [received for received in list(self.received) if received.channel == channel]

    def ask(self, channel: str, request: dict[str, Any], correlation: bytes, **to: str) -> None:
        """`to`: the variable levels of the topic, such as `vehicle="car-7"`."""
        asked = self._taken[channel]
        problems = asked.problems(request)
        assert not problems, problems
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.CorrelationData = correlation
        self._client.publish(asked.topic(**to), json.dumps(request), qos=1, properties=properties)

    def answers(self, channel: str) -> str:
        """The channel on which requests of this one are answered."""
        (reply,) = (
            operation["reply"]["channel"]["$ref"].rpartition("/")[2]
            for operation in self._document["operations"].values()
            if operation["channel"]["$ref"].endswith(f"/{channel}")
        )
        return str(reply)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
