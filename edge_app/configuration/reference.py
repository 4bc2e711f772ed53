"""The reference of all settings as Markdown, generated from the settings classes.

One section for each group of keys, in the order of the file; a group reached twice is described once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from edge_app.configuration.sentences import allowed

_HEAD = """# Configuration reference

Generated from the program by `vigil config reference`; do not edit. Everything may be left out: the default then holds.
A list of groups (such as `cabin.outputs`) takes groups of the kinds described, told apart by `type`.
"""


@dataclass(frozen=True, slots=True)
class _Group:
    """A mapping in the file: where it stands and its JSON Schema."""

    title: str
    schema: dict[str, Any]


def reference_markdown(settings: type[BaseModel], head: str = _HEAD) -> str:
    """`head`, then a section with a table of key, allowed values, default and description for each group."""
    root = settings.model_json_schema()
    definitions: dict[str, Any] = root.get("$defs", {})
    sections = [_section(group, definitions) for group in _groups("", root, definitions)]
    return "\n".join([head, *sections])


def _groups(path: str, schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[_Group]:
    yield _Group(path, schema)
    for key, child in schema.get("properties", {}).items():
        inside = f"{path}.{key}" if path else key
        is_list = "items" in child
        for group in _alternatives(child["items"] if is_list else child, definitions):
            if group.get("type") != "object" or "properties" not in group:
                continue
            kind = group["properties"].get("type", {}).get("const")
            title = f"{inside}[]" if is_list else inside
            yield from _groups(f"{title} (type: {kind})" if kind else title, group, definitions)


def _section(group: _Group, definitions: dict[str, Any]) -> str:
    lines = []
    if group.title:
        description = _text(group.schema.get("description", ""))
        lines += [f"## `{group.title}`", "", *([description, ""] if description else [])]
    lines += ["| key | allowed | default | what it is |", "|---|---|---|---|"]
    required = group.schema.get("required", [])
    for key, schema in group.schema.get("properties", {}).items():
        alternatives = _alternatives(schema, definitions)
        cells = [
            f"`{key}`",
            _text(allowed(_with_own_words(schema, alternatives))),
            "required" if key in required else _default(schema, alternatives),
            # Pydantic leaves out a key's description that repeats its group's.
            _text(schema.get("description") or alternatives[0].get("description", "")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _with_own_words(
    schema: dict[str, Any], alternatives: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [schema] if "allowed" in schema else alternatives


def _alternatives(schema: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return _alternatives(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return [deeper for child in schema[key] for deeper in _alternatives(child, definitions)]
    return [schema]


def _default(schema: dict[str, Any], alternatives: list[dict[str, Any]]) -> str:
    if any(node.get("type") == "object" and "properties" in node for node in alternatives):
        return "none" if schema.get("default", {}) is None else "see below"
    if "default" not in schema:
        return "depends on the machine"
    default = schema["default"]
    if isinstance(default, list) and any(isinstance(item, dict) for item in default):
        return ", ".join(f"`{item.get('type') or _yaml_group(item)}`" for item in default)
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _yaml_group(group: dict[str, Any]) -> str:
    told = {key: value for key, value in group.items() if value is not None}
    return "{" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in told.items()) + "}"


def _text(text: str) -> str:
    """Docstrings and patterns inside one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
