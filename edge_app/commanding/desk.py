"""The command thread: takes what has arrived, has it judged, carries it out, answers. One command at a time.

An effect comes after the request's id is on the disk, so a power cut between the two leaves a command undone, never
done twice.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping

from edge_app.commanding.command_counts import CommandCounts
from edge_app.commanding.orders import Order, Tell
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.commanding.remembered import FullError, RememberedRequests
from edge_app.commanding.request_judge import Address, RequestJudge, Sound
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.command_inbox import Arrived, CommandInbox
from edge_app.telemetry.command_messages import CommandResult
from edge_app.telemetry.outgoing import Outgoing

logger = logging.getLogger(__name__)

_IDLE_S = 5.0
_CLOSE_WAITS_S = 0.5
_FIRST_WORD_WITHIN_S = 10.0
INTERRUPTED = Outcome(
    "failed",
    "The program ended while this was being done: nobody knows how far it came. Look, and send a new command.",
    "interrupted",
)


class CommandDesk:
    """`take` is the door of every command; the thread only calls it."""

    def __init__(
        self,
        inbox: CommandInbox,
        judge: RequestJudge,
        remembered: RememberedRequests,
        orders: Mapping[str, Order],
        *,
        send: Callable[[Outgoing], None],
        now: Callable[[], Instant],
    ) -> None:
        self._inbox = inbox
        self._judge = judge
        self._remembered = remembered
        self._orders = orders
        self._send = send
        self._now = now
        self._flooded = False
        self.counts = CommandCounts(lambda: inbox.dropped)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vigil-commands", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """The command in work is finished; those that wait are not begun."""
        self._stop.set()
        self._inbox.wake()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WAITS_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            arrived = self._inbox.take(_IDLE_S)
            if arrived is None or self._stop.is_set():
                continue
            try:
                self.take(arrived, self._now())
            except Exception:
                logger.exception("The command thread met an error nobody foresaw.")
                self.counts.failed()

    def take(self, arrived: Arrived, now: Instant) -> None:
        """Whatever arrives: carried out, answered as before, or refused, counted and told so."""
        address = self._judge.address(arrived)
        try:
            self._judge.require_room(now)
            self._flooded = False
            name = "" if address is None else address.name
            sound = self._judge.judge(arrived, name, now)
        except RefusedError as refused:
            self._refuse(refused, arrived, address)
            return
        assert address is not None
        if sound.before is not None:
            self.counts.repeated()
            self._answer(address, sound.request.id, sound.before.outcome or INTERRUPTED)
            return
        told = threading.Event()

        def tell(outcome: Outcome) -> None:
            told.wait(_FIRST_WORD_WITHIN_S)  # what follows never overtakes the first word
            self._settle(sound, address, outcome)

        try:
            if not sound.reads_only:
                self._take_up(sound, now)
            outcome = self._carry_out(sound, tell)
        except RefusedError as refused:
            self.counts.refused(refused.reason)
            outcome = Outcome("refused", refused.detail, refused.reason.value)
            logger.warning("command %s refused: %s", sound.name, refused.detail)
        self._settle(sound, address, outcome)
        told.set()

    def _refuse(self, refused: RefusedError, arrived: Arrived, address: Address | None) -> None:
        self.counts.refused(refused.reason)
        if refused.reason is Reason.TOO_MANY:
            # To answer each would make the flood twice as large.
            silent, self._flooded = self._flooded, True
            if silent:
                return
        logger.warning(
            "command %s refused: %s", "?" if address is None else address.name, refused.detail
        )
        if address is not None:
            outcome = Outcome("refused", refused.detail, refused.reason.value)
            self._answer(address, self._judge.id_of(arrived.payload), outcome)

    def _take_up(self, sound: Sound, now: Instant) -> None:
        request = sound.request
        try:
            self._remembered.take_up(
                request.id, sound.fingerprint, request.expires_at.timestamp(), now.wall_s
            )
        except FullError:
            raise RefusedError(
                Reason.CANNOT_REMEMBER, "More commands than this unit can remember; wait a while."
            ) from None
        except sqlite3.Error as error:
            raise RefusedError(
                Reason.CANNOT_REMEMBER,
                f"The disk refuses ({error}), and what cannot be remembered could be done twice.",
            ) from error

    def _carry_out(self, sound: Sound, tell: Tell) -> Outcome:
        order = self._orders.get(sound.name)
        if order is None:
            raise RefusedError(
                Reason.NOT_AVAILABLE, f"This unit has no part that can carry out `{sound.name}`."
            )
        logger.info("command %s (%s)", sound.name, sound.request.id)
        try:
            return order.carry_out(sound.request.arguments, tell)
        except RefusedError:
            raise
        except Exception as error:
            logger.exception("The command %s has failed.", sound.name)
            return Outcome("failed", f"Internal error: {error!r}.", "internal_error")

    def _settle(self, sound: Sound, address: Address, outcome: Outcome) -> None:
        """Remember for a repetition, count last words, tell."""
        if not sound.reads_only:
            try:
                self._remembered.conclude(sound.request.id, outcome)
            except sqlite3.Error as error:
                logger.error("What came of the command %s cannot be kept: %s", sound.name, error)
        if outcome.status == "done":
            self.counts.done()
        elif outcome.status == "failed":
            self.counts.failed()
        self._answer(address, sound.request.id, outcome)

    def _answer(self, address: Address, request_id: str | None, outcome: Outcome) -> None:
        now = self._now()
        result = CommandResult(
            id=request_id,
            name=address.name,
            status=outcome.status,
            reason=outcome.reason,
            detail=outcome.detail,
            values=outcome.values,
            time=now.wall,
            clock_synchronised=now.synchronised,
        )
        self._send(
            Outgoing(
                address.topic,
                result.encoded(),
                qos=1,
                may_be_refused=True,
                correlation=address.correlation,
            )
        )
