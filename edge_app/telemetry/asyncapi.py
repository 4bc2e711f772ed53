"""AsyncAPI 3.0 document of everything said over MQTT, generated from the message models into docs/asyncapi.yaml.

Seen from the vehicle: it sends what a fleet subscribes to, and receives commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from edge_app.telemetry.asyncapi_examples import message_examples, request_examples
from edge_app.telemetry.command_messages import REQUESTS, CommandResult
from edge_app.telemetry.messages import MESSAGES, SCHEMA_VERSION
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.vss import BRANCH, OVERLAY, OVERLAY_BRANCH, STANDARD, VssMessage

FILE_NAME = "asyncapi.yaml"
BINDING_VERSION = "0.2.0"
BASE = "vigil/v1/{vehicle}"
CLOUDEVENTS = "application/cloudevents+json"
SEALED = "application/octet-stream"
_ABOUT = """\
What a Vigil unit says over MQTT, and what can be asked of it. Receivers ignore fields and topics they do not know. A
number that is not known is null, never a guess. Events may arrive twice: insert by `id`. The front of the topics,
`vigil/v1`, is a setting, as are the intervals; `vss`, stills and commands are off until the owner switches them on.
"""
_SUMMARIES = {
    "status": "Is the unit there, and can it do its work? At birth, at each change, and as the last will.",
    "state": "The driver now. Once a second, live only, never stored.",
    "event": "Something happened. Kept on disk until the broker has taken it. CloudEvents 1.0, structured mode.",
    "health": "How the unit itself fares. Once a minute, kept through outages.",
}
_VSS = (
    "One signal of state under its name in the Vehicle Signal Specification, when it has changed."
)
_VSS_BRANCHES = {"vss": (BRANCH, STANDARD), "vss_overlay": (OVERLAY_BRANCH, OVERLAY)}


def document() -> dict[str, Any]:
    refs, schemas = _schemas()
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:vigil:telemetry:{SCHEMA_VERSION}",
        "info": {
            "title": "Vigil",
            "version": f"{SCHEMA_VERSION}.0.0",
            "description": " ".join(_ABOUT.split()),
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "servers": {"plain": _server("mqtt", "1883"), "secure": _server("secure-mqtt", "8883")},
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": _messages(refs),
            "schemas": schemas,
            "parameters": _parameters(),
            "securitySchemes": {
                "password": {
                    "type": "userPassword",
                    "description": "The user name is the vehicle's id.",
                },
                "certificate": {"type": "X509", "description": "The vehicle's own certificate."},
            },
        },
    }


def write_document(folder: Path) -> Path:
    path = folder / FILE_NAME
    text = yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    path.write_text(text, encoding="utf-8")
    return path


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _schemas() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """References by message name, and the schemas they lead to."""
    leaving: dict[str, type[BaseModel]] = {
        **MESSAGES,
        "vss": VssMessage,
        "command_result": CommandResult,
    }
    reaching = {f"command_{name}": request for name, request in REQUESTS.items()}
    refs, schemas = _referenced(leaving, "serialization")
    request_refs, request_schemas = _referenced(reaching, "validation")
    return {**refs, **request_refs}, dict(sorted({**schemas, **request_schemas}.items()))


def _referenced(
    models: Mapping[str, type[BaseModel]], mode: JsonSchemaMode
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """`mode`: as it is written, or as it must be to be accepted."""
    asked = [(model, mode) for model in dict.fromkeys(models.values())]
    found, definitions = models_json_schema(asked, ref_template="#/components/schemas/{model}")
    return {name: dict(found[model, mode]) for name, model in models.items()}, definitions["$defs"]


def _server(protocol: str, port: str) -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": protocol,
        "protocolVersion": "5",
        "description": "The fleet's broker. MQTT 3.1.1 is spoken where it knows no better.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": port}},
        "security": [
            {"$ref": "#/components/securitySchemes/password"},
            {"$ref": "#/components/securitySchemes/certificate"},
        ],
        "bindings": {
            "mqtt": {
                "cleanSession": True,
                "keepAlive": TelemetrySettings().keep_alive_s,
                "lastWill": {
                    "topic": f"{BASE}/status",
                    "qos": 1,
                    "retain": True,
                    "message": "A status of `offline` for the reason `connection_lost`.",
                },
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _channels() -> dict[str, Any]:
    channels = {
        name: _channel(f"{BASE}/{name}", name, summary) for name, summary in _SUMMARIES.items()
    }
    for name, (branch, _) in _VSS_BRANCHES.items():
        address = f"{BASE}/vss/{branch.replace('.', '/')}/{{{name}_signal}}"
        channels[name] = _channel(address, "vss", _VSS, f"{name}_signal")
    channels["still"] = _channel(
        f"{BASE}/still/{{still}}",
        "still",
        "Pictures of an event, sealed for the office. Only while nothing else waits, and only where switched on.",
        "still",
    )
    for name in REQUESTS:
        summary = f"Asks the unit for `{name}`. At QoS 1 and not retained."
        channels[f"command_{name}"] = _channel(f"{BASE}/command/{name}", f"command_{name}", summary)
    channels["command_result"] = _channel(
        f"{BASE}/command/{{command}}/result", "command_result", "What came of a command.", "command"
    )
    return channels


def _channel(address: str, message: str, summary: str, *more: str) -> dict[str, Any]:
    return {
        "address": address,
        "summary": summary,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "parameters": {
            name: {"$ref": f"#/components/parameters/{name}"} for name in ("vehicle", *more)
        },
    }


def _parameters() -> dict[str, Any]:
    return {
        "vehicle": {
            "description": "The vehicle's id, 1 to 64 of A-Z a-z 0-9 _ - . with a letter or digit first",
            "examples": ["car-7"],
        },
        **{
            f"{name}_signal": {
                "description": f"Leaf of {branch}",
                "enum": [signal.path.rpartition(".")[2] for signal in signals],
            }
            for name, (branch, signals) in _VSS_BRANCHES.items()
        },
        "still": {
            "description": "32 hexadecimal digits drawn by lot; the event names them in `values.still`",
            "examples": ["5f0c3b7a9d2e41688c1a07b4e6d3f295"],
        },
        "command": {"description": "Name of the command", "enum": list(REQUESTS)},
    }


def _operations() -> dict[str, Any]:
    expiry_s = TelemetrySettings().state_expiry_s
    operations = {
        "send_status": _operation("send", "status", qos=1, retain=True),
        "send_state": _operation("send", "state", qos=0, expiry_s=expiry_s),
        "send_event": _operation("send", "event", qos=1),
        "send_health": _operation("send", "health", qos=1),
        "send_still": _operation("send", "still", qos=1),
    }
    for name in _VSS_BRANCHES:
        operations[f"send_{name}"] = _operation("send", name, "vss", qos=0, expiry_s=expiry_s)
    for name in REQUESTS:
        operations[f"receive_command_{name}"] = {
            **_operation("receive", f"command_{name}", qos=1),
            "reply": {
                "channel": {"$ref": "#/channels/command_result"},
                "messages": [{"$ref": "#/channels/command_result/messages/command_result"}],
            },
        }
    operations["send_command_result"] = _operation("send", "command_result", qos=1)
    return operations


def _operation(
    action: Literal["send", "receive"],
    channel: str,
    message: str | None = None,
    *,
    qos: int,
    retain: bool = False,
    expiry_s: int | None = None,
) -> dict[str, Any]:
    """`message`: its name, where that is not the channel's."""
    binding: dict[str, Any] = {"qos": qos, "retain": retain}
    if expiry_s is not None:
        binding["messageExpiryInterval"] = expiry_s
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message or channel}"}],
        "bindings": {"mqtt": {**binding, "bindingVersion": BINDING_VERSION}},
    }


def _messages(refs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    messages = {}
    for name, example in message_examples().items():
        messages[name] = _message(name, refs, example.model_dump(mode="json"))
    for command, request in request_examples().items():
        messages[f"command_{command}"] = _message(f"command_{command}", refs, request)
    messages["event"]["contentType"] = CLOUDEVENTS
    messages["still"] = {
        "name": "still",
        "title": "still",
        "contentType": SEALED,
        "payload": {"type": "string", "format": "binary"},
    }
    for name in (*(f"command_{command}" for command in REQUESTS), "command_result"):
        messages[name]["correlationId"] = {
            "description": "Of the request, and of each result that answers it",
            "location": "$message.payload#/id",
        }
        messages[name]["bindings"] = {"mqtt": _correlation()}
    return messages


def _correlation() -> dict[str, Any]:
    return {
        "correlationData": {
            "type": "string",
            "maxLength": 128,
            "description": "MQTT 5 only: what came with the request comes back with its results",
        },
        "bindingVersion": BINDING_VERSION,
    }


def _message(name: str, refs: dict[str, dict[str, Any]], example: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " "),
        "contentType": "application/json",
        "payload": refs[name],
        "examples": [{"name": "example", "payload": example}],
    }
