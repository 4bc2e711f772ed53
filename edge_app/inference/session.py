"""One model behind one verb, whatever runtime executes it.

The content of a model file comes in; `run` takes float32 arrays by name and returns float32 arrays by name. Each
runtime is one file beside this one and is imported only when chosen (`runtimes.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError


class Session(Protocol):
    """A loaded model, ready to run on one thread of the caller."""

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """Run once. Returned arrays belong to the caller and stay valid after the next call."""
        ...


class ModelFileError(UserError):
    """A model file is missing, damaged, or not the one expected; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class ModelContent:
    """A model file as read, so that what was checked is what is loaded."""

    name: str  # as errors call it
    model: bytes
    weights: bytes = b""  # OpenVINO's .bin


@dataclass(frozen=True, slots=True)
class Signature:
    """Names by which the caller knows a model's inputs and outputs, each with its name inside the file."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    def within(
        self, content: ModelContent, inputs: Iterable[str], outputs: Iterable[str]
    ) -> Signature:
        """This signature against the names that the file has. Raises `ModelFileError` where one is missing.

        A single input is found whatever its name: converters rename inputs, and there is nothing to confuse it with.
        """
        there = list(inputs)
        wanted = self.inputs
        if len(wanted) == len(there) == 1:
            wanted = dict.fromkeys(wanted, there[0])
        _demand(content, "input", wanted.values(), there)
        _demand(content, "output", self.outputs.values(), list(outputs))
        return Signature(wanted, self.outputs)


def unloadable(content: ModelContent, runtime: str, error: Exception) -> ModelFileError:
    """What to raise when a runtime refuses a file: its reason on one line."""
    reason = " ".join(str(error).split())[:200]
    return ModelFileError(
        f"{content.name}: {runtime} cannot load this model ({reason}); fetch or export it again."
    )


def _demand(content: ModelContent, kind: str, wanted: Iterable[str], there: Iterable[str]) -> None:
    there = list(there)
    for name in wanted:
        if name not in there:
            raise ModelFileError(
                f"{content.name}: the model has no {kind} `{name}`, only {', '.join(there)}; it is not"
                " the model that its bundle describes."
            )
