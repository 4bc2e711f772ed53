"""A training's configuration by name or path, with `--set` options over it; every mistake a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from edge_app.configuration.document import (
    MAX_BYTES,
    ConfigurationDocument,
    ConfigurationError,
    printable,
    read_document,
)
from edge_app.configuration.load import Override, validated
from model_compression.training.config import TrainConfig
from model_compression.training.options import OptionGroup

_PACKAGE = "model_compression.configs"


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A checked configuration, and the groups that only its task can check."""

    train: TrainConfig
    task_options: OptionGroup
    augmentation: OptionGroup


def config_names() -> list[str]:
    """The configurations that come with Vigil."""
    entries = resources.files(_PACKAGE).iterdir()
    return sorted(e.name.removesuffix(".yaml") for e in entries if e.name.endswith(".yaml"))


def load_config(name_or_path: str, overrides: Sequence[str] = ()) -> LoadedConfig:
    """Raises `ConfigurationError`, a sentence for each mistake."""
    document = _read(name_or_path)
    for option in overrides:
        _lay_over(document, Override.parse(option))
    return LoadedConfig(
        validated(TrainConfig, document),
        OptionGroup.inside(document, ("task", "options")),
        OptionGroup.inside(document, ("augmentation",)),
    )


def _read(name_or_path: str) -> ConfigurationDocument:
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return _document(_bytes_of(path), name_or_path)
    names = config_names()
    if name_or_path not in names:
        near = get_close_matches(name_or_path, names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(names)}."
        raise ConfigurationError(
            [
                f"{printable(name_or_path)}: there is no such configuration, nor a file of that name; {hint}"
            ]
        )
    file = f"{name_or_path}.yaml"
    return _document(resources.files(_PACKAGE).joinpath(file).read_bytes(), file)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError([f"{path}: cannot be read ({reason})."]) from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError([f"{path}: too large for a configuration file."])
    return content


def _document(content: bytes, name: str) -> ConfigurationDocument:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{name}: the file is not UTF-8 text."]) from error
    return read_document(text, name)


def _lay_over(document: ConfigurationDocument, override: Override) -> None:
    """Set one value; groups on the way to it are made where they are missing."""
    origins = override.document(document.values).origins
    path = max(origins, key=len)
    around: Any = document.values
    for key, within in pairwise(path):
        if isinstance(key, str) and not isinstance(around.get(key), (dict, list)):
            around[key] = {}
        around = around[key]
        if isinstance(around, list) and not isinstance(within, int):
            raise ConfigurationError([f"{override.origin.place}: a list's items count from 0."])
    around[path[-1]] = override.value
    for stale in [place for place in document.origins if place[: len(path)] == path]:
        del document.origins[stale]
    document.origins.update(
        {place: origin for place, origin in origins.items() if place not in document.origins}
    )
