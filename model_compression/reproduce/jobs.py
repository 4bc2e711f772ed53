"""What a table asks for: networks to train, one perhaps from another's weights, and what to measure of them.

Both are values with a name of their own, so that what two rows have in common is done once and found again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from model_compression.reproduce.named_sets import NamedSet

Setting = tuple[str, Any]  # a key of the configuration, and its value, which can be hashed
WEIGHTS = "network.options.weights"  # the key of a setting that names a folder of weights


@dataclass(frozen=True, slots=True)
class Training:
    """One training by a configuration with something of a table's row set in it."""

    name: str  # says to a reader which row it is of; files are named after it
    config: str  # a configuration that comes with Vigil, or a file
    sets: tuple[NamedSet, ...]  # learned from
    settings: tuple[Setting, ...] = ()  # over the configuration, and over what the user set
    seed: int = 1
    begins_with: Training | None = None  # whose weights it takes over
    weights: str | None = None  # a file of weights, where it begins with another's
    steps: int | None = None  # None: as many as the configuration has
    overrides: tuple[str, ...] = ()  # `key.path=value` of the user

    def description(self) -> dict[str, Any]:
        """All that its weights depend on."""
        begins_with = self.begins_with
        return {
            "config": _content(self.config),
            "sets": [each.description() for each in self.sets],
            "settings": [
                [key, _content_of_folder(value) if key == WEIGHTS else value]
                for key, value in self.settings
            ],
            "seed": self.seed,
            "begins_with": None if begins_with is None else begins_with.description(),
            "weights": None if self.weights is None else _content(self.weights),
            "steps": self.steps,
            "set": list(self.overrides),
        }

    @property
    def id(self) -> str:
        return f"{self.name}--seed-{self.seed}--{_short_hash(self.description())}"

    def settings_by_key(self) -> dict[str, Any]:
        return dict(self.settings)


@dataclass(frozen=True, slots=True)
class Measuring:
    """Figures of a trained network, or of a set's features as they are, on a set."""

    how: str  # what the paper's `Measure` knows
    on: NamedSet
    trainings: tuple[
        Training, ...
    ] = ()  # several: one for each fold, whose answers are taken together
    settings: tuple[Setting, ...] = ()

    def description(self) -> dict[str, Any]:
        """All that its figures depend on."""
        return {
            "how": self.how,
            "on": self.on.description(),
            "trainings": [training.description() for training in self.trainings],
            "settings": [list(setting) for setting in self.settings],
        }

    @property
    def id(self) -> str:
        name = f"{self.trainings[0].name}--{self.how}" if self.trainings else self.how
        return f"{name}--{self.on.role}--{_short_hash(self.description())}"

    def settings_by_key(self) -> dict[str, Any]:
        return dict(self.settings)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a printed table, and what it takes to have it here."""

    row: int
    column: int
    figure: str  # as in `PrintedColumn`
    asked: tuple[Measuring, ...] | str  # one for each seed; str: why it cannot be had


def _content(name: str) -> str:
    """What stands in the file of this name, by its hash; of what comes with Vigil the name."""
    file = Path(name).expanduser()
    if not file.is_file():
        return name
    stat = file.stat()
    return _hash_of(file, stat.st_mtime_ns, stat.st_size)


def _content_of_folder(name: str) -> Any:
    """What stands in its configuration and its weights, by their hashes."""
    files = sorted(Path(name).expanduser().glob("*"))
    told = {f.name: _content(str(f)) for f in files if f.suffix in (".json", ".safetensors")}
    return told or name


@lru_cache(maxsize=64)
def _hash_of(file: Path, changed_ns: int, size: int) -> str:
    """changed_ns, size: a file that has others is read again."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _short_hash(description: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:10]
