"""What pydantic found wrong, as sentences naming file, line, key, value and what is allowed.

What is allowed is read from the JSON Schema of the settings, so the sentence and the reference in `docs/` agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from edge_app.camera.sources import shown_uri
from edge_app.configuration.document import (
    ConfigurationDocument,
    KeyPath,
    Origin,
    dotted,
    printable,
)

_MISSING = object()
_WITH_UNIT = re.compile(r"[-+]?[0-9.,]+\s*([%°]|[^\W\d_][^\d]*)")


class SettingsGuide:
    """The JSON Schema of a settings model, walked by key path."""

    def __init__(self, settings: type[BaseModel]) -> None:
        self._root = settings.model_json_schema()
        self._definitions: dict[str, Any] = self._root.get("$defs", {})

    def nodes_at(self, path: KeyPath, values: Any) -> list[dict[str, Any]]:
        """The alternatives a value at `path` may follow; `values` tells which `type` was chosen on the way."""
        nodes = self._alternatives(self._root)
        for key in path:
            nodes = [
                alternative
                for node in _of_chosen_type(nodes, values)
                for child in _children(node, key)
                for alternative in self._alternatives(child)
            ]
            values = value_at((key,), values)
        return nodes

    def keys_at(self, path: KeyPath, values: Any) -> list[str]:
        """The keys allowed inside the mapping at `path`."""
        nodes = _of_chosen_type(self.nodes_at(path, values), value_at(path, values))
        return list(dict.fromkeys(key for node in nodes for key in node.get("properties", {})))

    def allowed_at(self, path: KeyPath, values: Any) -> str:
        return allowed(self.nodes_at(path, values))

    def is_secret(self, path: KeyPath, values: Any) -> bool:
        return any(node.get("format") == "password" for node in self.nodes_at(path, values))

    def _alternatives(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        own = {key: node[key] for key in ("allowed",) if key in node}
        if "$ref" in node:
            return self._alternatives(self._definitions[node["$ref"].rsplit("/", 1)[-1]])
        for key in ("anyOf", "oneOf", "allOf"):
            if key in node:
                return [
                    {**deeper, **(own if deeper.get("type") != "null" else {})}
                    for child in node[key]
                    for deeper in self._alternatives(child)
                ]
        return [node]


def sentences(
    errors: Sequence[ErrorDetails], document: ConfigurationDocument, settings: type[BaseModel]
) -> list[str]:
    """One sentence for each key path that is wrong, in the order of the file."""
    guide = SettingsGuide(settings)
    by_path: dict[KeyPath, ErrorDetails] = {}
    for error in errors:
        by_path.setdefault(data_path(error, document.values), error)
    for path in _only_short_of_wrong_items(by_path):
        del by_path[path]
    placed = [
        (origin_of(path, document), _sentence(path, error, document, guide))
        for path, error in by_path.items()
    ]
    placed.sort(key=lambda pair: pair[0].line or 0)
    return [f"{origin.place}: {sentence}" for origin, sentence in placed]


def _only_short_of_wrong_items(errors: dict[KeyPath, ErrorDetails]) -> list[KeyPath]:
    """Lists that pydantic finds too short because it does not count the items that are wrong themselves."""
    return [
        path
        for path, error in errors.items()
        if error["type"] == "too_short"
        and any(other != path and other[: len(path)] == path for other in errors)
    ]


def data_path(error: ErrorDetails, values: Any) -> KeyPath:
    """Pydantic's location without the names it adds for alternatives."""
    path: list[str | int] = []
    location = error["loc"]
    for place, key in enumerate(location):
        inside = value_at((key,), values)
        if inside is not _MISSING:
            values = inside
            path.append(key)
        elif error["type"] == "missing" and place == len(location) - 1:
            path.append(key)
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path.append(str(error.get("ctx", {}).get("discriminator", "type")).strip("'"))
    return tuple(path)


def value_at(path: KeyPath, values: Any) -> Any:
    for key in path:
        in_group = isinstance(values, dict) and key in values
        in_list = isinstance(values, list) and isinstance(key, int) and key < len(values)
        if not in_group and not in_list:
            return _MISSING
        values = values[key]
    return values


def origin_of(path: KeyPath, document: ConfigurationDocument) -> Origin:
    """Where `path` was written, or the nearest thing around it."""
    for length in range(len(path), 0, -1):
        if path[:length] in document.origins:
            return document.origins[path[:length]]
    return next(iter(document.origins.values()), Origin(document.source, None))


def allowed(nodes: Sequence[dict[str, Any]]) -> str:
    """What may stand here, in words."""
    words: list[str] = []
    phrases: list[str] = []
    for node in nodes:
        if "allowed" in node:
            phrases.append(node["allowed"])
        elif "const" in node or "enum" in node:
            words += [f"`{word}`" for word in node.get("enum", [node.get("const")])]
        else:
            phrases.append(_phrase(node))
    if "a number" in phrases:  # whole ones are numbers too
        phrases = [phrase for phrase in phrases if phrase != "a whole number"]
    if words:
        unique = list(dict.fromkeys(words))
        phrases.insert(0, unique[0] if len(unique) == 1 else f"one of {', '.join(unique)}")
    return " or ".join(dict.fromkeys(phrases)) or "left out"


def shown(value: Any, origin: Origin) -> str:
    """A value as the user wrote it, without the password of a URL."""
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "empty"
    text = origin.plain if origin.plain is not None else f'"{value}"'
    return printable(without_password(text))


def without_password(text: str) -> str:
    """`rtsp://user:word@host/` as `rtsp://***@host/`."""
    return shown_uri(re.sub(r"://[^\s]*@", "://***@", text))


def _sentence(
    path: KeyPath, error: ErrorDetails, document: ConfigurationDocument, guide: SettingsGuide
) -> str:
    name = dotted(path) or "the file"
    kind = error["type"]
    if kind == "extra_forbidden":
        keys = guide.keys_at(path[:-1], document.values)
        near = get_close_matches(str(path[-1]), keys, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"allowed here: {', '.join(keys)}."
        return f"{name} is not a known key; {hint}"
    may_be = guide.allowed_at(path, document.values)
    value = value_at(path, document.values)
    if value is _MISSING:
        return f"{name} is missing and must be {may_be}."
    if guide.is_secret(path, document.values):
        return f"{name} (not shown) must be {may_be}."
    written = shown(value, origin_of(path, document))
    if kind in ("value_error", "assertion_error"):
        reason = error["msg"].split(", ", 1)[-1].rstrip(".")
        if isinstance(value, (dict, list)):
            return f"{name}: {reason}."
        return f"{name} is {written}: {reason}."
    if isinstance(value, str) and "number" in may_be and _WITH_UNIT.fullmatch(value.strip()):
        return f"{name} is {written} but must be {may_be}, without a unit."
    near = get_close_matches(str(value), re.findall(r"`([^`]+)`", may_be), n=1)
    if near and isinstance(value, str):
        return f"{name} is {written} but must be {may_be}; did you mean `{near[0]}`?"
    return f"{name} is {written} but must be {may_be}."


def _phrase(node: dict[str, Any]) -> str:
    kind = node.get("type")
    if kind == "boolean":
        return "true or false"
    if kind in ("integer", "number"):
        name = "a whole number" if kind == "integer" else "a number"
        return name + _range(
            node.get("minimum"),
            node.get("maximum"),
            node.get("exclusiveMinimum"),
            node.get("exclusiveMaximum"),
        )
    if kind == "string":
        if node.get("format") == "date-time":
            return "a time such as 2026-12-01T09:30:00Z"
        name = "a path" if str(node.get("format", "")).endswith("path") else "text"
        if "pattern" in node:
            return f"{name} that matches {node['pattern']}"
        return name + _count(node.get("minLength"), node.get("maxLength"), "character")
    if kind == "array":
        return "a list" + _count(node.get("minItems"), node.get("maxItems"), "item")
    if kind == "null":
        return "null"
    if kind == "object":
        least, most = node.get("minProperties"), node.get("maxProperties")
        return "a group" + (_count(least, most, "key") or " of keys")
    return "something else"


def _range(least: Any, most: Any, above: Any, below: Any) -> str:
    if least is not None and most is not None:
        return f" from {_plain(least)} to {_plain(most)}"
    bounds = [
        f"{word} {_plain(bound)}"
        for word, bound in (
            ("at least", least),
            ("above", above),
            ("at most", most),
            ("below", below),
        )
        if bound is not None
    ]
    return f" {' and '.join(bounds)}" if bounds else ""


def _plain(number: float) -> str:
    return f"{number:.12g}"


def _count(least: int | None, most: int | None, noun: str) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f" of {least} {noun}{'s' if least != 1 else ''} or more"
    return f" of {least or 0} to {most} {noun}s"


def _children(node: dict[str, Any], key: str | int) -> list[dict[str, Any]]:
    if isinstance(key, int):
        fixed = node.get("prefixItems", [])
        child = fixed[key] if key < len(fixed) else node.get("items")
    else:
        of_pattern = (
            child
            for pattern, child in node.get("patternProperties", {}).items()
            if re.search(pattern, key)
        )
        others = next(of_pattern, node.get("additionalProperties"))
        child = node.get("properties", {}).get(key, others)
    return [child] if isinstance(child, dict) else []


def _of_chosen_type(nodes: list[dict[str, Any]], values: Any) -> list[dict[str, Any]]:
    chosen = values.get("type") if isinstance(values, dict) else None
    named = [
        node for node in nodes if node.get("properties", {}).get("type", {}).get("const") == chosen
    ]
    return named or nodes
