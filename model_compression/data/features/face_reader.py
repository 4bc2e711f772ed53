"""What reads a face: one network behind one verb. `open_face_reader` finds which kind it is by what lies there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.features.feature_set import Stream
from model_compression.data.features.seen_frame import Face

_RUN_FILES = ("network.pt", "student.pt", "teacher.pt")
_HUB_FILE = "config.json"  # of a folder as Hugging Face's transformers writes it
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class FaceReader(Protocol):
    @property
    def streams(self) -> Mapping[str, Stream]:
        """`embedding`, `scores`: those of the two that it gives."""
        ...

    def read(self, faces: Sequence[Face]) -> Mapping[str, NDArray[np.float32]]:
        """Stream -> (faces, numbers)."""
        ...


@dataclass(frozen=True, slots=True)
class Visual:
    """One `--visual` option: `what`, or `NAME=what`."""

    name: str  # of its streams: `name.embedding`
    what: str

    @staticmethod
    def of(option: str) -> Visual:
        """Raises `UserError`."""
        name, equals, what = option.partition("=")
        if not equals:
            path = Path(option)
            name, what = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem or path.name).strip("-"), option
            if path.name in _RUN_FILES:
                name = path.resolve().parent.name
        if not _NAME.fullmatch(name) or not what:
            raise UserError(
                f"--visual is '{option}' but must be a network, or NAME=NETWORK with letters, digits, - and _ in NAME."
            )
        return Visual(name, what)


def open_face_reader(what: str, device: str) -> FaceReader:
    """what: a run's folder or file, a folder of transformers, or the name or folder of a bundle. Raises `UserError`."""
    path = Path(what).expanduser()
    kind = "read_by_bundle.BundleReader"
    if path.is_file() or any((path / name).is_file() for name in _RUN_FILES):
        kind = "read_by_network.NetworkReader"
    elif (path / _HUB_FILE).is_file():
        kind = "read_by_hub_folder.HubFolderReader"
    elif path.is_dir() and not (path / "bundle.yaml").is_file():
        raise UserError(
            f"{path}: holds none of {', '.join((*_RUN_FILES, _HUB_FILE, 'bundle.yaml'))}; name a run, a folder of"
            " transformers, or a bundle."
        )
    module, name = kind.split(".")
    opened = getattr(import_module(f"model_compression.data.features.{module}"), name)
    return cast(FaceReader, opened(what, device))
