"""Any valid scenario as the plain values of its YAML file: what hypothesis draws from, and then spoils."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from driver_simulator.scenario.behaviours import AnyBehaviour
from driver_simulator.scenario.person import PersonSettings
from driver_simulator.scenario.scenario import StateSpan, VehicleSpan
from driver_simulator.scenario.viewing import CameraSettings, LightSpan

BEHAVIOURS = get_args(get_args(AnyBehaviour)[0])
_SHORTEST_S, _LONGEST_S = 0.05, 14.0


def _number(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    least = node.get("minimum", node.get("exclusiveMinimum", -1e6))
    most = node.get("maximum", node.get("exclusiveMaximum", 1e6))
    if node["type"] == "integer":
        return st.integers(least, most)
    return st.floats(
        least,
        most,
        exclude_min="exclusiveMinimum" in node,
        exclude_max="exclusiveMaximum" in node,
    ).map(lambda x: round(x, 3) if least < round(x, 3) < most else x)


def _value(node: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in node:
        return _value(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    for key in ("anyOf", "oneOf"):
        if key in node:
            return st.one_of([_value(child, definitions) for child in node[key]])
    if "const" in node or "enum" in node:
        return st.sampled_from(node.get("enum", [node.get("const")]))
    if node["type"] in ("number", "integer"):
        return _number(node)
    if node["type"] == "object":
        return _group(node, definitions)
    return {"boolean": st.booleans(), "null": st.none(), "string": st.just("astronaut")}[
        node["type"]
    ]


def _group(node: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    keys = {key: _value(child, definitions) for key, child in node["properties"].items()}
    must = {*node.get("required", []), *({"type"} & keys.keys())}
    return st.fixed_dictionaries(
        {key: keys[key] for key in keys if key in must},
        optional={key: keys[key] for key in keys if key not in must},
    )


@cache
def settings_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Plain values that `model` takes, drawn from its schema."""
    schema = model.model_json_schema()
    return _group(schema, schema.get("$defs", {}))


def _default_duration_s(model: type[BaseModel]) -> float:
    field: FieldInfo = model.model_fields["duration_s"]
    return 0.0 if field.is_required() else float(field.default)


@st.composite
def _behaviours(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One after another, so that none collides."""
    at_s, drawn = 0.0, []
    for model in draw(st.lists(st.sampled_from(BEHAVIOURS), max_size=6)):
        behaviour = draw(settings_of(model))
        behaviour["from_s"] = at_s = round(at_s + draw(st.floats(0.0, 3.0)), 3)
        if "duration_s" in behaviour:
            behaviour["duration_s"] = min(max(behaviour["duration_s"], _SHORTEST_S), _LONGEST_S)
        at_s += behaviour.get("duration_s", _default_duration_s(model))
        drawn.append(behaviour)
    return draw(st.permutations(drawn))


@st.composite
def _spans(draw: st.DrawFn, model: type[BaseModel], until_s: float) -> list[dict[str, Any]]:
    times_s = draw(st.lists(st.floats(0.001, until_s / 2), max_size=3, unique=True))
    return [{**draw(settings_of(model)), "from_s": t_s} for t_s in [0.0, *sorted(times_s)]]


@st.composite
def scenario_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Plain values of a valid scenario file."""
    behaviours = draw(_behaviours())
    ends_s = [b["from_s"] + b.get("duration_s", _LONGEST_S) for b in behaviours]
    duration_s = round(max([10.0, *ends_s]) + 1.0, 3)
    required = {"name": st.from_regex(r"[a-z0-9][a-z0-9_]{0,20}", fullmatch=True)}
    optional = {
        "description": st.text(max_size=30),
        "seed": st.integers(0, 2**32 - 1),
        "person": settings_of(PersonSettings),
        "camera": settings_of(CameraSettings),
        "driver_side": st.sampled_from(["left", "right"]),
        "passenger": st.booleans(),
        "light": _spans(LightSpan, duration_s),
        "vehicle": _spans(VehicleSpan, duration_s),
        "state": _spans(StateSpan, duration_s),
        "mirror_glances": st.booleans(),
    }
    document = draw(st.fixed_dictionaries(required, optional=optional))
    return {**document, "duration_s": duration_s, "behaviours": behaviours}
