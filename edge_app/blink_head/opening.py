"""The part `blinks` of a bundle as a `BlinkHead`, or a line in the log that says why there is none."""

from __future__ import annotations

import logging
from collections.abc import Collection

from edge_app.blink_head.head import BlinkHead
from edge_app.bundle.open import Bundle
from edge_app.bundle.sessions import AskedRuntime, extra_choice_of, open_file
from edge_app.bundle.vehicle import check_inputs
from edge_app.errors import UserError
from edge_app.inference.choice import Choice
from edge_app.inference.runtimes import RuntimeName

_log = logging.getLogger(__name__)


def open_blink_head(
    bundle: Bundle,
    beside: Collection[RuntimeName] = (),
    *,
    runtime: AskedRuntime = "auto",
    threads: int = 1,
) -> BlinkHead | None:
    """None without that part, and, with a warning, where no file of it runs here: nothing depends on it.

    beside: the runtimes of the other parts, one of which is taken where it can be.
    """
    choice = blinks_choice(bundle, beside, runtime=runtime, threads=threads)
    if choice is None:
        return None
    chosen = choice.chosen
    file = bundle.file("blinks", chosen.path)
    try:
        session = open_file(bundle, "blinks", file, threads=threads, provider=chosen.provider)
    except UserError as error:
        _go_on_without(str(error))
        return None
    return BlinkHead(session)


def blinks_choice(
    bundle: Bundle,
    beside: Collection[RuntimeName] = (),
    *,
    runtime: AskedRuntime = "auto",
    threads: int = 1,
    time_all: bool = False,
) -> Choice | None:
    """The file that the head runs with; None as in `open_blink_head`."""
    if bundle.manifest.parts.blinks is None:
        return None
    try:
        check_inputs(bundle, ["blinks"])
        choice = extra_choice_of(
            bundle, "blinks", beside, runtime=runtime, threads=threads, time_all=time_all
        )
    except UserError as error:
        _go_on_without(str(error))
        return None
    if choice is None:
        _go_on_without(f"{bundle.title}: no file of its part blinks fits this machine")
    return choice


def _go_on_without(why: str) -> None:
    _log.warning("%s; going on without the head on blinks", why.rstrip("."))
