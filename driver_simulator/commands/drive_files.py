"""Where `vigil simulate` may write: what no sentence can mend afterwards is refused before the first frame is drawn.

In: the paths of the options and of what is read. Out: nothing, or a `UserError`.
"""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path

from driver_simulator.scenario.truth_file import events_path
from edge_app.errors import UserError

_SUFFIXES = {"--out": (".mp4",), "--truth": (".csv",), "--contact-sheet": (".png", ".jpg", ".jpeg")}


def check_outputs(outputs: dict[str, Path | None], inputs: dict[str, Path | None]) -> None:
    """No output may lie on another or on an input, and its suffix says what it holds.

    outputs: by the option; inputs: by what they are, such as `the scenario`; None: is not there.
    """
    written = {option: path for option, path in outputs.items() if path is not None}
    read = {what: path for what, path in inputs.items() if path is not None}
    for option, path in written.items():
        _check_inputs(option, path, read)
        if path.suffix.lower() not in _SUFFIXES[option]:
            raise UserError(
                f"{option} is {path} but must be a file whose name ends in {' or '.join(_SUFFIXES[option])}."
            )
    truth = written.get("--truth")
    if truth is not None:
        events = events_path(truth)
        written["the events beside --truth"] = events
        _check_inputs("--truth", events, read)
    for (one, path), (other, same) in combinations(written.items(), 2):
        if _is_same(path, same):
            raise UserError(
                f"{one} and {other} would both be written into {path}; name another file."
            )


def _check_inputs(option: str, path: Path, read: dict[str, Path]) -> None:
    for what, source in read.items():
        if _is_same(path, source):
            raise UserError(f"{option} would overwrite {what}, {path}; name another file.")


def _is_same(one: Path, other: Path) -> bool:
    """Also by another name: through a link, or on a disk that does not tell capitals."""
    if os.path.exists(one) and os.path.exists(other):
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)
