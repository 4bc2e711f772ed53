"""Everything that estimators and policy remember, as JSON, and back into objects built anew.

It works on the graph of objects as it stands, so an estimator that gains a field is saved without a word here. Two
places that hold the same object hold the same one afterwards: the policy compares demands by identity. Tuples of plain
values have none: whether equal ones are one object depends on who made them, which a replay cannot repeat. Settings are
not stored but looked up again. Only the types below are known, classes only of the rooms that judge, and no code of
theirs is called: a file from elsewhere can say wrong things, but not do any.
"""

from __future__ import annotations

import base64
import json
import math
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Generic, Protocol

import numpy as np
from pydantic import BaseModel

_ROOMS = ("edge_app.judgement", "edge_app.driver_state.", "edge_app.alerts.", "calibration.")
_NUMBER_KINDS = "fiub"  # of NumPy's dtypes: floating, signed, unsigned, boolean
_UNFINISHED = object()
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

Settings = Mapping[str, BaseModel]
Json = dict[str, Any]


class SnapshotError(ValueError):
    """Something that cannot be stored, or stored things that fit nothing here."""


def capture(root: object, settings: Settings) -> Json:
    """`root` and all it refers to as plain values; later changes of `root` do not reach them.

    `settings`: the models that the objects may refer to, each under the name by which `restored` will find it.
    """
    return _Capture(settings).whole(root)


def restored(snapshot: Json, settings: Settings, like: object) -> Any:
    """The objects of `snapshot`. `like`: such an object built afresh, against which it is held.

    Raises `SnapshotError` where it was taken by a version of the program whose objects hold other things.
    """
    try:
        return _Restore(snapshot, settings, _attributes_by_class(like)).whole()
    except RecursionError:
        raise SnapshotError("it is nested too deeply") from None
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, SnapshotError):
            raise
        raise SnapshotError(f"it is malformed ({type(error).__name__}: {error})") from error


def as_text(snapshot: Json) -> str:
    """The same graph always gives the same text."""
    return json.dumps(snapshot, separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Json:
    try:
        snapshot = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"it is not JSON ({error})") from error
    if not isinstance(snapshot, dict):
        raise SnapshotError("it is no JSON object")
    return snapshot


class _Capture:
    """Walks the graph once; each object with an identity becomes a node, referred to by its number."""

    def __init__(self, settings: Settings) -> None:
        self._nodes: list[Json] = []
        self._numbers: dict[int, int] = {}
        self._alive: list[object] = []  # or a number might be given to two objects in turn
        self._settings = {id(model): path for path, model in _walk(settings)}

    def whole(self, root: object) -> Json:
        value = self._value(root, type(root).__name__)
        return {"root": value, "nodes": self._nodes}

    def _value(self, value: object, where: str) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            assert isinstance(value, float)
            return value if math.isfinite(value) else {"float": str(value)}
        if isinstance(value, Enum):
            return {"enum": _class_name(kind, where), "name": value.name}
        if isinstance(value, np.generic):
            return {"scalar": _array(np.asarray(value), where)}
        if _is_plain(value):
            return self._node(value, where)
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._nodes)
            self._alive.append(value)
            self._nodes.append({})
            self._nodes[number] = self._node(value, where)
        return {"node": number}

    def _node(self, value: Any, where: str) -> Json:
        kind = type(value)
        if kind is list or kind is tuple:
            return {kind.__name__: [self._value(item, where) for item in value]}
        if kind is deque:
            items = [self._value(item, where) for item in value]
            return {"deque": items, "maxlen": value.maxlen}
        if kind is dict:
            pairs = [[self._value(k, where), self._value(v, where)] for k, v in value.items()]
            return {"dict": pairs}
        if kind is np.ndarray:
            return {"array": _array(value, where)}
        if isinstance(value, BaseModel):
            path = self._settings.get(id(value))
            if path is None:
                raise SnapshotError(f"{where} holds settings that are not a part of the settings")
            return {"settings": path}
        attributes = {
            name: self._value(held, f"{where}.{name}") for name, held in _attributes(value, where)
        }
        return {"object": _class_name(kind, where), "attributes": attributes}


class _Restore:
    """Builds each node when it is first referred to; objects stand before what they hold does, so cycles close."""

    def __init__(
        self, snapshot: Json, settings: Settings, known: dict[type, frozenset[str]]
    ) -> None:
        self._root, self._nodes = snapshot["root"], snapshot["nodes"]
        self._built: dict[int, Any] = {}
        self._settings = dict(_walk(settings))
        self._known = known

    def whole(self) -> Any:
        return self._value(self._root)

    def _value(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        match value:
            case {"node": int(number)}:
                return self._of_node(number)
            case {"enum": str(name), "name": str(member)}:
                return _class_of(name, Enum)[member]  # type: ignore[index]
            case {"float": str(word)}:
                return _SPECIAL[word]
            case {"scalar": stored}:
                return _of_array(stored)[()]
            case {"tuple": items}:
                return tuple([self._value(item) for item in items])
        raise SnapshotError("it holds a value of no known kind")

    def _of_node(self, number: int) -> Any:
        built = self._built.get(number, self)
        if built is _UNFINISHED:
            raise SnapshotError("a tuple holds itself")
        if built is not self:
            return built
        if number < 0:
            raise SnapshotError("a node has a negative number")
        node = self._nodes[number]
        match node:
            case {"list": items}:
                listed: list[Any] = []
                self._built[number] = listed
                listed.extend(self._value(item) for item in items)
            case {"tuple": items}:
                self._built[number] = _UNFINISHED
                self._built[number] = tuple([self._value(item) for item in items])
            case {"deque": items, "maxlen": maxlen}:
                queue: deque[Any] = deque(maxlen=maxlen)
                self._built[number] = queue
                queue.extend(self._value(item) for item in items)
            case {"dict": pairs}:
                mapping: dict[Any, Any] = {}
                self._built[number] = mapping
                for key, held in pairs:
                    mapping[self._value(key)] = self._value(held)
            case {"array": stored}:
                self._built[number] = _of_array(stored)
            case {"settings": path}:
                self._built[number] = self._settings[path]
            case {"object": str(name), "attributes": dict(attributes)}:
                self._object(number, name, attributes)
            case _:
                raise SnapshotError("it holds a node of no known kind")
        return self._built[number]

    def _object(self, number: int, name: str, attributes: Json) -> None:
        kind = _class_of(name, object)
        expected = self._known.get(kind)
        if expected is not None and expected != attributes.keys():
            changed = ", ".join(sorted(expected ^ attributes.keys()))
            raise SnapshotError(f"{name.rpartition(':')[2]} does not hold the same ({changed})")
        whole: Any = object.__new__(kind)
        self._built[number] = whole
        for attribute, held in attributes.items():
            # Past `__setattr__`, which frozen classes refuse.
            object.__setattr__(whole, attribute, self._value(held))


def _is_plain(value: object) -> bool:
    """Whether it is a tuple of nothing but numbers, words and such tuples."""
    return type(value) is tuple and all(
        item is None
        or isinstance(item, bool | int | float | str | Enum | np.generic)
        or _is_plain(item)
        for item in value
    )


def _walk(settings: Settings) -> Iterator[tuple[str, BaseModel]]:
    for path, model in settings.items():
        yield path, model
        inside = {
            f"{path}.{name}": held
            for name in type(model).model_fields
            if isinstance(held := getattr(model, name), BaseModel)
        }
        yield from _walk(inside)


def _attributes(value: object, where: str) -> Iterator[tuple[str, Any]]:
    """What an object of a class of our own holds, in its slots and beside them."""
    for kind in reversed(type(value).__mro__):
        if kind in (object, Generic, Protocol):
            continue
        if not kind.__module__.startswith(_ROOMS):
            raise SnapshotError(
                f"{where} is a {kind.__module__}.{kind.__qualname__}, which is not known"
            )
        for name in kind.__dict__.get("__slots__", ()):
            if hasattr(value, name):
                yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()


def _attributes_by_class(like: object) -> dict[type, frozenset[str]]:
    """What objects of each class hold, by the example of `like` and all it refers to."""
    known: dict[type, frozenset[str]] = {}
    seen: set[int] = set()
    waiting: list[object] = [like]
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, Enum | BaseModel):
            continue
        seen.add(id(value))
        if isinstance(value, list | tuple | deque):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif type(value).__module__.startswith(_ROOMS):
            held = dict(_attributes(value, type(value).__name__))
            known[type(value)] = frozenset(held)
            waiting.extend(held.values())
    return known


def _class_name(kind: type, where: str) -> str:
    if not kind.__module__.startswith(_ROOMS) or "<locals>" in kind.__qualname__:
        raise SnapshotError(
            f"{where} is a {kind.__module__}.{kind.__qualname__}, which is not known"
        )
    return f"{kind.__module__}:{kind.__qualname__}"


def _class_of(name: str, base: type) -> type:
    """A class that is loaded already; nothing is imported on a file's word."""
    module_name, _, qualified = name.partition(":")
    module = sys.modules.get(module_name) if module_name.startswith(_ROOMS) else None
    found: Any = module
    for part in qualified.split("."):
        found = getattr(found, part, None)
    if (
        not isinstance(found, type)
        or not issubclass(found, base)
        or found.__module__ != module_name
        or issubclass(found, BaseModel | BaseException)
        or (base is object and issubclass(found, Enum))
    ):
        raise SnapshotError(f"{name} is not known here")
    return found


def _array(array: np.ndarray, where: str) -> Json:
    if array.dtype.kind not in _NUMBER_KINDS:
        raise SnapshotError(f"{where} is an array of {array.dtype}")
    return {
        "dtype": array.dtype.newbyteorder("<").str,
        "shape": list(array.shape),
        "base64": base64.b64encode(
            np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        ).decode("ascii"),
    }


def _of_array(stored: Json) -> np.ndarray:
    dtype = np.dtype(stored["dtype"])
    if dtype.kind not in _NUMBER_KINDS:
        raise SnapshotError(f"it holds an array of {dtype}")
    content = base64.b64decode(stored["base64"], validate=True)
    return np.frombuffer(content, dtype).reshape(stored["shape"]).astype(dtype.newbyteorder("="))
