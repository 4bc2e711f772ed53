"""A YAML text as plain values, each with the place it was written: what errors later point at.

Scalars follow YAML 1.2 (`1e3` is a number, `12:30` is text) with the words yes, no, on and off as booleans.
Aliases, depth and size are bounded, so a hostile file costs milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from edge_app.errors import UserError

KeyPath = tuple["str | int", ...]

MAX_BYTES = 256 * 1024
MAX_VALUES = 10_000
MAX_DEPTH = 32
MAX_SHOWN_CHARS = 60
# Python refuses to parse longer integers; no setting needs them.
_MAX_NUMBER_CHARS = 64


class ConfigurationError(UserError):
    """What is wrong in a configuration: one sentence a line, each naming file, line, key and what is allowed."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written, and how."""

    source: str  # the file as the user named it, or the option `--set key`
    line: int | None
    plain: str | None = None  # an unquoted scalar as it stands in the file

    @property
    def place(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(slots=True)
class ConfigurationDocument:
    """Plain values and, for each key path, its origin."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    source: str = "configuration"


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_NULL, _BOOL, _INT, _FLOAT, _STR, _MERGE = (
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "merge")
)
_TRUE_WORDS = ("true", "yes", "on")
for _tag, _pattern in (
    (_NULL, r"~|null|Null|NULL|"),
    (
        _BOOL,
        r"true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF",
    ),
    (_INT, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    (
        _FLOAT,
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    ),
    (_MERGE, r"<<"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$", re.ASCII), None)


def read_document(text: str, source: str) -> ConfigurationDocument:
    """Parse `text`; raises `ConfigurationError` with every problem found."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError([_syntax_sentence(error, text, source)]) from error
    except yaml.YAMLError as error:  # a character YAML does not allow
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise ConfigurationError(
            [f"{source}:{line}: this line holds a character that YAML does not allow; delete it."]
        ) from error
    except RecursionError as error:
        raise ConfigurationError([_too_deep(source, None)]) from error
    except (ValueError, OverflowError) as error:
        # PyYAML's scanner lets these through for escapes such as "\UFFFFFFFF".
        raise ConfigurationError(
            [f"{source}: not valid YAML: a text holds an impossible escape sequence."]
        ) from error
    document = ConfigurationDocument(source=source)
    if root is None or (root.tag == _NULL and isinstance(root, yaml.ScalarNode)):
        return document
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(
            [f"{source}:{_line(root)}: the file must hold keys with values (`key: value`)."]
        )
    reader = _NodeReader(source, document.origins)
    document.values = reader.mapping(root, ())
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return document


class _NodeReader:
    """YAML nodes -> plain values, counting what it makes: an alias costs as much as what it repeats."""

    def __init__(self, source: str, origins: dict[KeyPath, Origin]) -> None:
        self.problems: list[str] = []
        self._source = source
        self._origins = origins
        self._values_left = MAX_VALUES

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            key_path = (*path, key)
            if key in values:
                self._report(
                    key_node,
                    f"{dotted(key_path)} is written twice, first on line"
                    f" {self._origins[key_path].line}; keep one",
                )
                continue
            plain = _plain_text(value_node)
            self._origins[key_path] = Origin(self._source, _line(key_node), plain)
            values[key] = self._value(value_node, key_path)
        return values

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._report(node, "a key must be a single word")
            return None
        if node.tag == _MERGE:
            self._report(node, "merge keys (`<<`) are not supported; write the values out")
            return None
        if not _is_unicode(node.value):
            self._report(node, "a key holds half a surrogate pair; delete that escape sequence")
            return None
        return str(node.value)

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        self._values_left -= 1
        if self._values_left < 0:
            raise ConfigurationError(
                [
                    f"{self._source}:{_line(node)}: the file holds more than {MAX_VALUES} values,"
                    " aliases counted each time; no file of settings needs as many."
                ]
            )
        if len(path) > MAX_DEPTH:
            raise ConfigurationError([_too_deep(self._source, _line(node))])
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                item_path = (*path, index)
                self._origins[item_path] = Origin(self._source, _line(item), _plain_text(item))
                items.append(self._value(item, item_path))
            return items
        return self._scalar(node, path)

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        text = str(node.value)
        read = _SCALARS.get(node.tag)
        if read is None:
            # The tag is not repeated: it may be a password that begins with `!`.
            self._report(node, f"{dotted(path)} begins with a YAML tag (`!`); put it in quotes")
            return None
        if not _is_unicode(text):
            self._report(node, f"{dotted(path)} holds half a surrogate pair; delete that escape")
            return None
        try:
            return read(text)
        except ValueError:  # an explicit tag on something else, such as `!!int x`
            self._report(node, f"{dotted(path)} is not what its YAML tag says; delete the tag")
            return None

    def _report(self, node: yaml.Node, sentence: str) -> None:
        self.problems.append(f"{self._source}:{_line(node)}: {sentence}.")


def _integer(text: str) -> int | str:
    if len(text) > _MAX_NUMBER_CHARS:
        return text
    return int(text, 0) if text.startswith(("0x", "0o")) else int(text)


def _number(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, Callable[[str], Any]] = {
    _NULL: lambda text: None,
    _BOOL: lambda text: text.lower() in _TRUE_WORDS,
    _INT: _integer,
    _FLOAT: _number,
    _STR: str,
    "!": str,
    _MERGE: str,
}


def dotted(path: KeyPath) -> str:
    """`("cabin", "outputs", 0, "pin")` as `cabin.outputs.0.pin`, fit for a terminal."""
    return printable(".".join(str(part) for part in path))


def printable(text: str) -> str:
    """`text` on one line, without what would steer a terminal, and not too long to read."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return shown if len(shown) <= MAX_SHOWN_CHARS else f"{shown[:MAX_SHOWN_CHARS]}…"


def _plain_text(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.ScalarNode) and node.style is None and node.tag in _SCALARS:
        return str(node.value) if _is_unicode(node.value) else None
    return None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _too_deep(source: str, line: int | None) -> str:
    return (
        f"{Origin(source, line).place}: values are nested more than {MAX_DEPTH} deep; a"
        " file of settings is much flatter."
    )


def _syntax_sentence(error: yaml.MarkedYAMLError, text: str, source: str) -> str:
    """The parser's complaint without what it quotes, which may be a password."""
    mark = error.problem_mark or error.context_mark
    line = 1 if mark is None else int(mark.line) + 1
    problem = (error.problem or "").split(";")[0]
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())] or "'\\t'" in problem:
        return f"{source}:{line}: the line is indented with a tab; YAML allows only spaces."
    if "alias" in problem:
        problem = "a value begins with `*`, which means an alias; put it in quotes"
    elif "anchor" in problem:
        problem = "a value begins with `&`, which means an anchor; put it in quotes"
    elif "cannot start any token" in problem:
        problem = "a value begins with a character that has a meaning in YAML; put it in quotes"
    elif "tag" in problem or "tag" in (error.context or ""):
        problem = "a value begins with `!`, which means a tag; put it in quotes"
    elif "single document" in (error.context or ""):
        problem = "the file holds more than one document (`---`); keep one"
    elif "mapping values are not allowed" in problem:
        problem = "a colon stands where no key can be; check the indentation, or quote the value"
    else:
        problem = problem.replace("<", "").replace(">", "") or "it cannot be read"
    return f"{source}:{line}: not valid YAML: {problem}."
