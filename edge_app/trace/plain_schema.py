"""JSON Schema in the plain form that viewers of MCAP files read: Foxglove's takes neither references nor unions.

References are written out, "a number or null" becomes a number that is `nullable`, words become strings.
"""

from __future__ import annotations

from typing import Any

_KEPT = ("description", "enum")


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` as pydantic writes it -> the same without `$ref`, `anyOf`, `prefixItems` and `null`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_plain(schema, schema.get("$defs", {})),
    }


def _plain(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    kept = {key: node[key] for key in _KEPT if key in node}
    if "$ref" in node:
        return {**_plain(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions), **kept}
    if "anyOf" in node:
        choices = [choice for choice in node["anyOf"] if choice.get("type") != "null"]
        nullable = {"nullable": True} if len(choices) < len(node["anyOf"]) else {}
        return {**_plain(choices[0], definitions), **kept, **nullable}
    kind = node.get("type", "string")
    if kind == "object":
        properties = {
            name: _plain(child, definitions) for name, child in node.get("properties", {}).items()
        }
        required = {"required": node["required"]} if "required" in node else {}
        return {"type": "object", **kept, "properties": properties, **required}
    if kind == "array":
        items = node.get("items") or (node.get("prefixItems") or [{"type": "string"}])[0]
        return {"type": "array", **kept, "items": _plain(items, definitions)}
    return {"type": kind, **kept}
