"""What an installation has made, with the hash of each file, so that it takes away that and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from edge_app import __version__
from edge_app.errors import UserError
from firmware_configs.install.target import Target
from firmware_configs.install.whole_file import make_folders, write_whole

PLACE = "/opt/vigil/installed.json"
_FORMAT = 1


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Manifest:
    """Paths are those of the target. Written after every step: an installation that breaks off can be gone on with."""

    files: dict[str, str] = field(default_factory=dict)  # sha256 as written
    links: dict[str, str] = field(default_factory=dict)  # where to
    folders: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=list)  # whole folders of ours
    user: str | None = None  # only where it was made here

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.links or self.environments or self.user)

    def save(self, target: Target) -> None:
        self.folders += make_folders(target, PLACE)
        content = {
            "format": _FORMAT,
            "vigil": __version__,
            "files": self.files,
            "links": self.links,
            "folders": self.folders,
            "environments": self.environments,
            "user": self.user,
        }
        write_whole(target.at(PLACE), json.dumps(content, indent=2).encode() + b"\n", 0o644)


def read_manifest(target: Target) -> Manifest | None:
    """None where nothing was installed. Raises `UserError` where it is not one of ours."""
    place = target.at(PLACE)
    try:
        content = json.loads(place.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(
            f"{place} cannot be read ({error}); it says what was installed: bring back a copy, or move it away."
        ) from error
    if not _is_manifest(content):
        raise UserError(
            f"{place} is no list of what `vigil install` has made; move it away, and install again."
        )
    return Manifest(
        files=content["files"],
        links=content["links"],
        folders=content["folders"],
        environments=content["environments"],
        user=content["user"],
    )


def _is_manifest(content: Any) -> bool:
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return False
    named: list[Any] = [content.get(key) for key in ("files", "links")]
    listed: list[Any] = [content.get(key) for key in ("folders", "environments")]
    if not all(isinstance(each, dict) for each in named):
        return False
    if not all(isinstance(each, list) for each in listed):
        return False
    paths = [path for each in (*named, *listed) for path in each]
    words = [value for each in named for value in each.values()]
    return (
        all(isinstance(path, str) and path.startswith("/") for path in paths)
        and not any(".." in path.split("/") for path in paths)
        and all(isinstance(word, str) for word in words)
        and isinstance(content.get("user"), str | None)
    )
