"""JSON Schema of every message, for whoever receives them: `python -m edge_app.telemetry.schemas docs/schemas`.

The AsyncAPI document is written beside that folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from edge_app.telemetry.asyncapi import write_document
from edge_app.telemetry.command_messages import REQUESTS, CommandResult
from edge_app.telemetry.messages import MESSAGES, Message, schema_name


def json_schemas() -> dict[str, dict[str, Any]]:
    """Schema by message name: messages as they leave the vehicle, commands as they must reach it."""
    leaving: dict[str, type[Message]] = {**MESSAGES, "command_result": CommandResult}
    schemas = {
        name: model.model_json_schema(mode="serialization") for name, model in leaving.items()
    }
    for name, request in REQUESTS.items():
        schemas[f"command_{name}"] = {
            **request.model_json_schema(mode="validation"),
            "title": f"command/{name}",
        }
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": schema_name(name),
            **schema,
        }
        for name, schema in schemas.items()
    }


def write_schemas(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in json_schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m edge_app.telemetry.schemas FOLDER")
    write_schemas(Path(sys.argv[1]))
    write_document(Path(sys.argv[1]).parent)
