"""One model behind one verb, whatever runtime executes it.

A file of weights comes in; `run` takes arrays by input order and returns arrays by output name. Each runtime is
one file beside this one and is imported only when chosen.
"""

from __future__ import annotations

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
