"""A trained network with what is needed to make it again; and weights taken over from elsewhere.

`student.pt` holds a part of a bundle, `teacher.pt` a clip network that students learn from, `network.pt` any other.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.training.config import NetworkChoice, Part, TrainConfig
from model_compression.training.networks import create_network
from model_compression.training.pretrained_weights import (
    SUFFIX,
    Foreign,
    foreign_weights,
    read_safetensors,
)

STUDENT_FILE = "student.pt"
TEACHER_FILE = "teacher.pt"
NETWORK_FILE = "network.pt"
CHECKPOINT_FILE = "last.ckpt"
_FORMAT = 1
# Where a checkpoint of the loop keeps the averaged student.
_AVERAGE = "average.student."
_SHOWN_NAMES = 4


@runtime_checkable
class RemadeAlone(Protocol):
    """A network that began from what lay beside its configuration."""

    def remade_by(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Plain values: options that make it again from nothing but themselves. options: that it was made with."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """What such a file says."""

    path: Path
    name: str
    part: str
    choice: NetworkChoice
    weights: Mapping[str, Tensor]
    step: int
    metrics: Mapping[str, float]
    config: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)  # by the task: what its outputs mean

    def network(self) -> nn.Module:
        """The network with its weights, in eval mode; weights of parts that it no longer has are left behind.

        Raises `UserError` where the weights are of another network than the one that the file names.
        """
        # Files from before networks were `RemadeAlone` name the folder that weights once began from.
        options = {name: own for name, own in self.choice.options.items() if name != "weights"}
        network = create_network(self.choice.name, **options)
        own = network.state_dict()
        unlike = [n for n in own if n not in self.weights or self.weights[n].shape != own[n].shape]
        if unlike:
            raise UserError(
                f"{self.path}: its weights do not fit the {self.choice.name} that it names: {len(unlike)} are missing"
                f" or of another shape, such as {unlike[0]}; train it again."
            )
        network.load_state_dict({name: self.weights[name] for name in own})
        return network.eval()


def file_name(part: Part) -> str:
    """Of the file in a run's folder."""
    return {"teacher": TEACHER_FILE, "network": NETWORK_FILE}.get(part, STUDENT_FILE)


def file_at(path: Path) -> Path:
    """`path`, or the file in the folder of a run."""
    if not path.is_dir():
        return path
    files = (path / name for name in (TEACHER_FILE, NETWORK_FILE) if (path / name).is_file())
    return next(files, path / STUDENT_FILE)


def write_network(
    path: Path,
    network: nn.Module,
    config: TrainConfig,
    *,
    step: int,
    metrics: Mapping[str, float],
    told: Mapping[str, Any] | None = None,
) -> None:
    """Replaces the file at once, so that a reader finds the old or the new one. told: plain values only."""
    choice = config.network.model_dump(mode="json")
    if isinstance(network, RemadeAlone):
        choice["options"] = network.remade_by(choice["options"])
    content = {
        "format": _FORMAT,
        "name": config.name,
        "part": config.part,
        "student": choice,
        "state_dict": {
            name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()
        },
        "step": step,
        "metrics": dict(metrics),
        "config": config.model_dump(mode="json"),
        "told": dict(told or {}),
    }
    unfinished = path.with_suffix(".tmp")
    torch.save(content, unfinished)
    os.replace(unfinished, path)


def read_network(path: Path) -> NetworkFile:
    """`path`: such a file or the folder of a run. Raises `UserError`."""
    file = file_at(path)
    content = _load(file)
    if content.get("format") != _FORMAT or "state_dict" not in content:
        raise UserError(f"{file}: is not a network of format {_FORMAT}; train it again.")
    return NetworkFile(
        path=file,
        name=content["name"],
        part=content["part"],
        choice=NetworkChoice(**content["student"]),
        weights=content["state_dict"],
        step=content["step"],
        metrics=content["metrics"],
        config=content["config"],
        told=content.get("told", {}),
    )


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Which of a network's weights came from a file, and which did not fit."""

    taken: tuple[str, ...]
    missing: tuple[str, ...]  # the file has none of this name: they stay as initialised
    misshapen: tuple[str, ...]  # another shape: they stay too
    unused: tuple[str, ...]  # only the file has them
    inflated: tuple[str, ...] = ()  # taken from a network of pictures
    summed: tuple[str, ...] = ()  # taken from a network of coloured pictures

    def sentence(self) -> str:
        told = [f"{len(self.taken)} tensors taken over"]
        for names, what in (
            (self.inflated, "of them spread over frames"),
            (self.summed, "of them summed over colours"),
            (self.missing, "not in the file"),
            (self.misshapen, "of another shape"),
            (self.unused, "of the file unused"),
        ):
            if names:
                dots = ", …" if len(names) > _SHOWN_NAMES else ""
                told.append(f"{len(names)} {what} ({', '.join(names[:_SHOWN_NAMES])}{dots})")
        return "; ".join(told)


@runtime_checkable
class BeginsFromRelatives(Protocol):
    """A network that makes weights of its own out of those of a network that is not quite like it."""

    def weights_from(self, given: Mapping[str, Tensor]) -> Mapping[str, Tensor]: ...


def take_over(network: nn.Module, path: Path) -> TakenOver:
    """Fill `network` with the weights of the same name and shape. Raises `UserError` when none fits.

    path: a run, its file or checkpoint, or a `.safetensors` file of others.
    """
    file = _file_of(path)
    foreign = _foreign(file, network)
    given = foreign.weights
    if isinstance(network, BeginsFromRelatives):
        given = network.weights_from(given)
    own = network.state_dict()
    fitting = [name for name in own if name in given and given[name].shape == own[name].shape]
    if not any(own[name].ndim > 1 for name in fitting):
        raise UserError(f"{file}: init_from holds no weight that fits this network.")
    network.load_state_dict({name: given[name] for name in fitting}, strict=False)
    return TakenOver(
        taken=tuple(fitting),
        missing=tuple(name for name in own if name not in given),
        misshapen=tuple(n for n in own if n in given and given[n].shape != own[n].shape),
        unused=(*(name for name in given if name not in own), *foreign.unused),
        inflated=tuple(name for name in foreign.inflated if name in fitting),
        summed=tuple(name for name in foreign.summed if name in fitting),
    )


def _foreign(file: Path, network: nn.Module) -> Foreign:
    if file.suffix == SUFFIX:
        return foreign_weights(read_safetensors(file), network)
    return Foreign(_weights_of(_load(file), file))


def _file_of(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in (STUDENT_FILE, TEACHER_FILE, NETWORK_FILE, CHECKPOINT_FILE):
        if (path / name).is_file():
            return path / name
    raise UserError(
        f"{path}: init_from names a folder without {STUDENT_FILE}, {TEACHER_FILE} or {NETWORK_FILE}."
    )


def _weights_of(content: Mapping[str, Any], file: Path) -> dict[str, Tensor]:
    weights = content.get("state_dict", content)
    if not isinstance(weights, Mapping):
        raise UserError(f"{file}: init_from names a file without weights.")
    averaged = {
        name.removeprefix(_AVERAGE): value
        for name, value in weights.items()
        if name.startswith(_AVERAGE)
    }
    return averaged or {name: v for name, v in weights.items() if isinstance(v, Tensor)}


def _load(file: Path) -> dict[str, Any]:
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error}).") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise UserError(f"{file}: is not a file of weights, or is damaged.") from error
    if not isinstance(content, dict):
        raise UserError(f"{file}: is not a file of weights.")
    return content
