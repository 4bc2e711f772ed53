"""What a clip network has seen: in its own training, and in those whose weights it goes on from (`init_from`).

Runs are followed back as far as they can be read where they were; where they cannot, nobody knows what they had seen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edge_app.errors import UserError
from model_compression.training.clips.looked_at import LooksAtClips
from model_compression.training.clips.past_options import options_of_any
from model_compression.training.network_file import (
    CHECKPOINT_FILE,
    NETWORK_FILE,
    TEACHER_FILE,
    file_at,
    read_network,
)
from model_compression.training.run_record import FREE_KEYS, read_run

_OF_A_RUN = (TEACHER_FILE, NETWORK_FILE, CHECKPOINT_FILE)


@dataclass(frozen=True, slots=True)
class Training:
    """One training of a clip network, or of what such a one began with."""

    path: Path  # of its network, or of its run's folder
    config: Mapping[str, Any]
    options: LooksAtClips
    learned: Mapping[str, str] | None  # set -> fingerprint of its clips; None: not known

    @property
    def folders(self) -> tuple[Path, ...]:
        """Of the clips, as they were named then."""
        return tuple(Path(each["name"]).expanduser() for each in self.config["data"])


@dataclass(frozen=True, slots=True)
class Before:
    """Trainings that another one goes back to, the last of them first."""

    trainings: tuple[Training, ...]
    lost_at: str | None  # first weights of which nobody knows what they had seen; None: of all


def record_beside(file: Path, config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What `run.json` says of the training of this configuration; None without one, or where it is of another."""
    record = _record_in(file.parent)
    if record is None or _told(record["config"]) != _told(config):
        return None
    return record


def trainings_before(config: Mapping[str, Any], file: Path) -> Before:
    """config, file: of the network that is asked about."""
    found: list[Training] = []
    passed = {file.resolve()}
    while (name := config.get("init_from")) is not None:
        path = Path(name).expanduser()
        place = file_at(path).resolve()
        # A run that was trained anew from its own successor: what it was before is gone.
        training = None if place in passed else _training_at(path)
        if training is None:
            return Before(tuple(found), str(name))
        passed.add(place)
        found.append(training)
        config = training.config
    return Before(tuple(found), None)


def _training_at(path: Path) -> Training | None:
    """None where it cannot be read, or is none of clips."""
    file = file_at(path)
    config: Mapping[str, Any] | None = None
    with contextlib.suppress(UserError):
        config = read_network(file).config
    if config is None and (path.is_dir() or path.name in _OF_A_RUN):
        # A checkpoint has no configuration in it, and weights may have been cleared away.
        record = _record_in(file.parent)
        config = None if record is None else record["config"]
    if config is None:
        return None
    try:
        options = options_of_any(config)
    except ValidationError:
        return None
    if options is None:
        return None
    record = record_beside(file, config)
    return Training(path, config, options, None if record is None else record["data"])


def _record_in(folder: Path) -> Mapping[str, Any] | None:
    # One that is no longer whole tells nothing; the network beside it can be scored all the same.
    with contextlib.suppress(UserError):
        return read_run(folder)
    return None


def _told(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in config.items() if key not in FREE_KEYS}
