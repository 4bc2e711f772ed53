"""`update_bundle`: new models, from the source that the vehicle's own settings name, by the part that can do it."""

from __future__ import annotations

from edge_app.commanding.orders import Tell, Updater
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.telemetry.command_messages import UpdateArguments


class UpdateBundle:
    def __init__(self, updater: Updater | None) -> None:
        self._updater = updater

    def carry_out(self, arguments: UpdateArguments, tell: Tell) -> Outcome:
        if self._updater is None:
            raise RefusedError(Reason.NOT_AVAILABLE, "This unit has no part that updates bundles.")
        return self._updater.begin(arguments.version, tell)
