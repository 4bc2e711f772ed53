"""Updates as the program uses them: which bundle to start with, then the threads beside the loop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from edge_app.commanding.orders import Tell
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.face.settings import PerceptionSettings
from edge_app.settings import VigilSettings
from edge_app.updates.failures import UpdateError
from edge_app.updates.health_check import HealthCheck
from edge_app.updates.keeper import TrialWatch, UpdateChecks
from edge_app.updates.slots import Slots
from edge_app.updates.trial import RunningSigns

if TYPE_CHECKING:
    from edge_app.updates.updater import BundleUpdater

logger = logging.getLogger(__name__)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_Perception = TypeVar("_Perception")


class Updates:
    """Opened before perception, closed with the program."""

    def __init__(self, settings: VigilSettings) -> None:
        self._settings = settings
        self.slots = Slots(settings.updates.slots_folder, settings.updates.trial)
        self._watch: TrialWatch | None = None
        self._slots_fail = False
        self.checks = UpdateChecks(settings.updates, self._updater)

    def open_perception(self, open_: Callable[[PerceptionSettings], _Perception]) -> _Perception:
        """With the bundle of the slot in use; one that cannot be opened is left for the one before."""
        perception = self._settings.perception
        try:
            folder = self.slots.begin(boot_id())
            while folder is not None:
                try:
                    return open_(perception.model_copy(update={"model": str(folder)}))
                except OSError:
                    raise
                except Exception as error:  # noqa: BLE001 - left and told; the driver is watched with the one before
                    self.slots.leave(f"it cannot be opened: {str(error) or type(error).__name__}")
                    folder = self.slots.begin(boot_id())
        except OSError as error:
            self._slots_fail = True
            logger.error(
                "%s: cannot be used (%s), so the bundle that the settings name is.",
                error.filename or self.slots.folder,
                error.strerror or error,
            )
        return open_(perception)

    def start(self, signs: Callable[[], RunningSigns], on_bad: Callable[[str], None]) -> None:
        """signs: of the loop. on_bad: starts the program anew; the bundle in use has been left."""
        if not self._slots_fail:  # else it is not the bundle of the slot that would be judged
            self._watch = TrialWatch(self._settings.updates, self.slots, signs, on_bad)
            self._watch.start()
        self.checks.start()

    def close(self) -> None:
        """Both threads end; what was fetched so far is kept."""
        self.checks.close()
        if self._watch is not None:
            self._watch.close()

    def end_in_order(self) -> None:
        """The loop has ended because it was asked to: this start has not failed."""
        try:
            self.slots.end_in_order()
        except OSError as error:
            logger.error("%s: cannot be written (%s).", self.slots.folder, error.strerror or error)

    def perception_stalled(self) -> None:
        """The loop stands still inside the models; called before the program begins anew."""
        if self.slots.record.trial is not None and not self._slots_fail:
            self.slots.leave("perception stands still")

    def begin(self, version: str | None, tell: Tell) -> Outcome:
        """The command `update_bundle`: accepted at once, the rest told when it has come about."""
        if self.slots.record.trial is not None:
            raise RefusedError(
                Reason.BUSY, "A bundle is on trial; the next one waits until it has run well."
            )

        def work() -> None:
            try:
                words = self.checks.update(version, lambda told: tell(Outcome("accepted", told)))
                tell(Outcome("done", f"{words}."))
            except UpdateError as error:
                tell(Outcome("failed", str(error), error.why.value))
            except Exception as error:
                logger.exception("An update that was asked for met an error nobody foresaw.")
                tell(
                    Outcome("failed", f"An error nobody foresaw: {type(error).__name__}.", "error")
                )

        threading.Thread(target=work, name="vigil-update-asked", daemon=True).start()
        return Outcome("accepted", "The repository is being asked.")

    def _updater(self, keep_on: Callable[[], bool]) -> BundleUpdater:
        from edge_app.updates.updater import BundleUpdater

        settings = self._settings
        check = HealthCheck(settings.perception, settings.camera.frame_rate_hz)
        return BundleUpdater(settings.updates, self.slots, check, keep_on=keep_on)


def boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
