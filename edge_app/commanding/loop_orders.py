"""`acknowledge` and `calibrate`: what reaches into the running watch, and how far it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from edge_app.alerts.event import ActiveAlert, Level
from edge_app.commanding.orders import Tell
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.learning_anew import LearningAnew
from edge_app.telemetry.command_messages import NoArguments

_LOOP_ANSWERS_WITHIN_S = 3.0


class Loop(Protocol):
    """`LiveLoop`, as far as commands may touch it."""

    def acknowledge(self) -> None: ...

    def learn_anew(self, timeout_s: float) -> LearningAnew: ...


class Acknowledge:
    """For the driver who has answered by another way. An alarm is silenced in the cabin alone."""

    def __init__(self, loop: Loop, active: Callable[[], Sequence[ActiveAlert]]) -> None:
        """active: alerts that hold now, those of which the fleet may know."""
        self._loop = loop
        self._active = active

    def carry_out(self, arguments: NoArguments, tell: Tell) -> Outcome:
        active = self._active()
        if not active:
            raise RefusedError(Reason.NO_ALERT, "No alert holds now.")
        if max(alert.level for alert in active) >= Level.ALARM:
            raise RefusedError(
                Reason.ONLY_THE_DRIVER,
                "An alarm holds: it ends when the driver is seen awake, or acknowledges it in the cabin.",
            )
        self._loop.acknowledge()
        return Outcome(
            "done",
            "The alerts that hold are acknowledged; one that rises is voiced again.",
        )


class Calibrate:
    """What is learned of the driver begins anew."""

    def __init__(self, loop: Loop, *, profiles_kept: bool) -> None:
        """profiles_kept: a driver who is known from earlier drives will be found again."""
        self._loop = loop
        self._profiles_kept = profiles_kept

    def carry_out(self, arguments: NoArguments, tell: Tell) -> Outcome:
        answer = self._loop.learn_anew(_LOOP_ANSWERS_WITHIN_S)
        if answer is LearningAnew.NOT_PARKED:
            raise RefusedError(
                Reason.NOT_PARKED,
                "The vehicle is not known to be parked: while driving, the watch is not begun anew.",
            )
        if answer is LearningAnew.NOTHING_COMES:
            raise RefusedError(
                Reason.NOT_AVAILABLE, "The loop does not turn now; see this unit's status."
            )
        kept = " A profile kept of this driver will be found again." if self._profiles_kept else ""
        return Outcome(
            "done",
            f"What was learned of the driver is forgotten; it is learned anew on the road.{kept}",
            values={"profiles_kept": self._profiles_kept},
        )
