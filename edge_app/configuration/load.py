"""From files and `--set` options to settings: profile below, the user's file above, options on top.

Everything that is wrong comes back as one `ConfigurationError`, a sentence for each mistake.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from edge_app.configuration.document import (
    MAX_BYTES,
    ConfigurationDocument,
    ConfigurationError,
    KeyPath,
    Origin,
    dotted,
    printable,
    read_document,
)
from edge_app.configuration.sentences import data_path, sentences, value_at
from edge_app.settings import VigilSettings

__all__ = ["ConfigurationError", "load_settings", "profile_names", "read_layers", "validated"]

_Settings = TypeVar("_Settings", bound=BaseModel)
_PROFILE_PACKAGE = "firmware_configs"
# Pydantic's complaints about a number or boolean where text was wanted.
_TEXT_WANTED = frozenset(
    ("string_type", "path_type", "literal_error", "enum", "union_tag_invalid", "url_type")
)
_GROUP_WANTED = frozenset(("model_type", "model_attributes_type", "dict_type"))


def load_settings(
    path: Path | None = None,
    overrides: Sequence[str | Override] = (),
    *,
    below: dict[str, Any] | None = None,
) -> VigilSettings:
    """Settings from the file at `path` (None: defaults) and `key.path=value` overrides.

    `below`: values in place of the defaults, such as those that a trace was recorded with.
    """
    user = ConfigurationDocument() if path is None else read_file(path)
    options = [
        option if isinstance(option, Override) else Override.parse(option) for option in overrides
    ]
    document = ConfigurationDocument(below or {})
    _lay_over(document, _profile(user, options))
    _lay_over(document, user)
    for option in options:
        _lay_over(document, option.document(document.values))
    return validated(VigilSettings, document)


def read_layers(path: Path, overrides: Sequence[str] = ()) -> ConfigurationDocument:
    """One file of any kind with `key.path=value` overrides over it, not validated yet."""
    document = read_file(path)
    for option in overrides:
        _lay_over(document, Override.parse(option).document(document.values))
    return document


def validated(settings: type[_Settings], document: ConfigurationDocument) -> _Settings:
    """`document` as `settings`; raises `ConfigurationError`."""
    try:
        return _validate(settings, document.values)
    except ValidationError as error:
        if not _repair(error, document):
            raise ConfigurationError(
                sentences(error.errors(include_url=False), document, settings)
            ) from None
    try:
        return _validate(settings, document.values)
    except ValidationError as error:
        raise ConfigurationError(
            sentences(error.errors(include_url=False), document, settings)
        ) from None


def profile_names() -> list[str]:
    """The device profiles that come with the program."""
    try:
        folder = resources.files(_PROFILE_PACKAGE)
        names = [entry.name for entry in folder.iterdir()]
    except (ModuleNotFoundError, OSError):
        return []
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def _validate(settings: type[_Settings], values: dict[str, Any]) -> _Settings:
    # JSON mode is strict where it should be (`true` is no number) and knows lists, paths and enumerations.
    return settings.model_validate_json(json.dumps(values), strict=True)


def _repair(error: ValidationError, document: ConfigurationDocument) -> bool:
    """What was meant, where only YAML's reading stood in the way. True if that changed anything.

    Where text is wanted, `007` and `off` are text as they stand; a group with only comments under it says
    nothing.
    """
    changed = False
    for detail in error.errors(include_url=False):
        path = data_path(detail, document.values)
        if detail["type"] in ("union_tag_not_found", "union_tag_invalid"):
            path = path if path in document.origins else path[:-1]
        origin = document.origins.get(path)
        if origin is None or origin.plain is None:
            continue
        around, value = value_at(path[:-1], document.values), value_at(path, document.values)
        if detail["type"] in _TEXT_WANTED and isinstance(value, (bool, int, float)):
            around[path[-1]] = origin.plain
        elif detail["type"] in _GROUP_WANTED and _is_left_empty(path, value, document):
            del around[path[-1]]
        else:
            continue
        changed = True
    return changed


def read_file(path: Path) -> ConfigurationDocument:
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigurationError([f"{name}: there is no such configuration file."]) from None
    except IsADirectoryError:
        raise ConfigurationError([f"{name}: this is a folder; name a YAML file."]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError([f"{name}: cannot be read ({reason})."]) from error
    return _read_content(content, name)


def _read_content(content: bytes, name: str) -> ConfigurationDocument:
    if len(content) > MAX_BYTES:
        raise ConfigurationError(
            [f"{name}: larger than {MAX_BYTES // 1024} KiB; this is no file of settings."]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            [f"{name}:{line}: the file is not UTF-8 text; save it as UTF-8."]
        ) from None
    return read_document(text, name)


def _profile(user: ConfigurationDocument, options: Sequence[Override]) -> ConfigurationDocument:
    chosen = [(user.values.get("profile"), user.origins.get(("profile",)))] + [
        (option.value, option.origin) for option in options if option.keys == ("profile",)
    ]
    name, origin = chosen[-1]
    if origin is not None and isinstance(name, (bool, int, float)):
        name = origin.plain  # text, whatever it looks like
    if origin is None or not isinstance(name, str):
        return ConfigurationDocument()
    names = profile_names()
    if name not in names:
        allowed = f"one of {', '.join(f'`{n}`' for n in names)}" if names else "left out"
        raise ConfigurationError(
            [f'{origin.place}: profile is "{printable(name)}" but must be {allowed}.']
        )
    content = resources.files(_PROFILE_PACKAGE).joinpath(f"{name}.yaml").read_bytes()
    return _read_content(content, f"{_PROFILE_PACKAGE}/{name}.yaml")


@dataclass(frozen=True, slots=True)
class Override:
    """One `--set key.path=value`, or another option that sets a value."""

    keys: tuple[str, ...]
    value: Any
    origin: Origin

    @staticmethod
    def parse(option: str) -> Override:
        key_path, equals, text = option.partition("=")
        name = f"--set {printable(key_path.strip())}"
        keys = tuple(key.strip() for key in key_path.split("."))
        if not equals or not all(keys):
            # Only the key is repeated: the value may be a secret.
            raise ConfigurationError([f"{name}: write it as --set key.path=value."])
        return Override(keys, _value_of_option(text), Origin(name, None, text))

    @staticmethod
    def of_option(name: str, key_path: str, text: str) -> Override:
        """An option of its own, such as `--source`: mistakes are told by its name; `text` is text as it stands."""
        return Override(tuple(key_path.split(".")), text, Origin(name, None, text))

    def document(self, below: dict[str, Any]) -> ConfigurationDocument:
        """This override as a document to lay over `below`, whose lists tell which keys are positions."""
        path: KeyPath = ()
        for key in self.keys:
            around = value_at(path, below)
            if isinstance(around, list):
                if not key.isdecimal() or int(key) >= len(around):
                    raise ConfigurationError(
                        [
                            f"{self.origin.place}: {dotted(path)} is a list of {len(around)} and"
                            f" has no item `{key}`; items count from 0."
                        ]
                    )
                path = (*path, int(key))
            else:
                path = (*path, key)
        value = self.value
        for part in reversed(path):
            value = {part: value}
        origins = {path[: length + 1]: self.origin for length in range(len(path))}
        return ConfigurationDocument(value, origins)


def _value_of_option(text: str) -> Any:
    """YAML where it is YAML, else the text as it stands: `gst:a ! b`, `%h` and `*` need no quotes here."""
    try:
        values = read_document(f"value: {text}", "--set").values
    except ConfigurationError:
        return text
    if set(values) != {"value"} or (values["value"] is None and text not in ("null", "~")):
        return text
    return values["value"]


def _lay_over(below: ConfigurationDocument, above: ConfigurationDocument) -> None:
    """Put `above` over `below`: groups are merged, lists and values replaced."""
    below.values = _merged(below.values, above.values, (), below, above)
    below.origins.update(above.origins)


def _merged(
    low: Any, high: Any, path: KeyPath, below: ConfigurationDocument, above: ConfigurationDocument
) -> Any:
    if isinstance(low, dict) and isinstance(high, dict):
        if "type" not in high or high["type"] == low.get("type", high["type"]):
            merged = dict(low)
            for key, value in high.items():
                here = (*path, key)
                merged[key] = _merged(low[key], value, here, below, above) if key in low else value
            return merged
        # Another `type` starts afresh: the keys of the old one mean nothing to it.
    elif isinstance(low, list) and isinstance(high, dict) and all(type(k) is int for k in high):
        return [
            _merged(item, high[i], (*path, i), below, above) if i in high else item
            for i, item in enumerate(low)
        ]
    elif isinstance(low, dict) and _is_left_empty(path, high, above):
        return low
    for stale in [known for known in below.origins if known[: len(path)] == path]:
        del below.origins[stale]
    return high


def _is_left_empty(path: KeyPath, value: Any, document: ConfigurationDocument) -> bool:
    """A group with only comments under it says nothing; `null` written out does."""
    origin = document.origins.get(path)
    return value is None and origin is not None and origin.plain == ""
