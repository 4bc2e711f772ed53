"""The process that checks a new bundle and tells one JSON line. `python -m edge_app.updates.health_child SETTINGS`."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from edge_app.bundle.heads import PartName
from edge_app.bundle.install import try_out
from edge_app.bundle.open import open_bundle
from edge_app.bundle.sessions import choices_of
from edge_app.bundle.vehicle import check_usable
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from edge_app.inference.choice import Choice

_LEAST_PRIORITY = 19  # the driver is being watched meanwhile
LONGEST_S = 600
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_EVERY_FRAME: tuple[PartName, ...] = ("face", "eyes")


def main(arguments: list[str]) -> None:
    _yield_to_the_watch()
    settings = PerceptionSettings.model_validate_json(arguments[0])
    ms, problem = 0.0, ""
    try:
        bundle = open_bundle(settings.model)
        check_usable(bundle, try_out(bundle))
        open_perception(settings)
        choices = choices_of(
            bundle, runtime=settings.runtime, threads=settings.threads, time_all=True
        )
        ms = sum(_chosen_ms(choices[part]) for part in _EVERY_FRAME)
    except UserError as error:
        problem = " ".join(str(error).split())
    sys.stdout.write(json.dumps({"ms": ms, "problem": problem}) + "\n")


def _yield_to_the_watch() -> None:
    """In time and memory; and it ends also where nobody waits for it any more."""
    os.nice(_LEAST_PRIORITY)
    with suppress(OSError):  # without it the kernel may choose the program that watches
        _OOM_SCORE.write_text("1000", encoding="ascii")
    signal.alarm(LONGEST_S)


def _chosen_ms(choice: Choice) -> float:
    timing = dict(choice.timings)[choice.chosen]
    return 0.0 if timing is None or timing.ms is None else timing.ms


if __name__ == "__main__":
    main(sys.argv[1:])
