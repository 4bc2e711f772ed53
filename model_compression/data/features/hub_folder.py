"""A folder as Hugging Face's transformers writes it: its network and how inputs are prepared. Nothing is fetched."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from safetensors import SafetensorError

from edge_app.errors import UserError
from model_compression.students.transformers_offline import transformers_offline

_CONFIG, _PREPARING = "config.json", "preprocessor_config.json"
_WEIGHTS = ("*.safetensors", "*.bin")
_PART_BYTES = 1 << 20
_CANNOT_LOAD = (OSError, ValueError, KeyError, RuntimeError, UnpicklingError, SafetensorError)


@dataclass(frozen=True, slots=True)
class HubFolder:
    network: Any  # in eval mode, float32
    config: Any
    preparing: dict[str, Any]  # what `preprocessor_config.json` says
    missing: frozenset[str]  # weights that the folder does not have
    made_by: str


def open_hub_folder(folder: Path) -> HubFolder:
    """The network without the heads it may have been trained with. Raises `UserError`."""
    library = transformers_offline()
    if not (folder / _CONFIG).is_file():
        raise UserError(
            f"{folder}: is no folder of transformers (no {_CONFIG}); name one that lies on this machine."
        )
    try:
        network, told = library.AutoModel.from_pretrained(
            str(folder), local_files_only=True, output_loading_info=True
        )
    except _CANNOT_LOAD as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{folder}: transformers cannot load this network ({reason}).") from error
    name = folder.resolve().name
    made_by = f"{network.config.model_type} {name} ({_digest(folder)})"
    missing = frozenset(told["missing_keys"]) | {str(key) for key in told["mismatched_keys"]}
    # Weights may be kept in halves, which pictures and samples are not.
    return HubFolder(network.float().eval(), network.config, _preparing(folder), missing, made_by)


def refuse_untrained(folder: Path, hub: HubFolder, *, but: str = "") -> None:
    """Raises `UserError` where weights are missing, which are drawn at random then. but: of those that begin so."""
    drawn = sorted(name for name in hub.missing if not but or not name.startswith(but))
    if drawn:
        raise UserError(
            f"{folder}: lacks {len(drawn)} weights of its network, such as {drawn[0]}; copy it again."
        )


def _preparing(folder: Path) -> dict[str, Any]:
    path = folder / _PREPARING
    try:
        told = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(
            f"{path}: is not there, and without it nobody knows how inputs are prepared; copy it too."
        ) from error
    except ValueError as error:
        raise UserError(f"{path}: is damaged ({error}); copy it again.") from error
    if not isinstance(told, dict):
        raise UserError(f"{path}: is damaged; copy it again.")
    return told


def _digest(folder: Path) -> str:
    """Of configuration and weights: two folders of one name are told apart."""
    digest = hashlib.sha256((folder / _CONFIG).read_bytes())
    for path in sorted(path for pattern in _WEIGHTS for path in folder.glob(pattern)):
        with path.open("rb") as file:
            while part := file.read(_PART_BYTES):
                digest.update(part)
    return digest.hexdigest()[:12]
