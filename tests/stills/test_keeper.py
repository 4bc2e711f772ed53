"""The thread: what it cannot write is dropped and counted; the loop never waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.stills.keeper import StillKeeper
from edge_app.stills.picture import Picture
from edge_app.stills.sealing import read_recipient
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import StillShelf
from edge_app.stills.taker import TakenStill
from edge_app.telemetry import clock
from tests.brokers import wait_until

Make = Callable[..., EventStillsSettings]


def still(number: int) -> TakenStill:
    luma = np.full((240, 320), 90, np.uint8)
    event = Event(EventType.SLEEP, 5.0, 2.0, Level.ALARM)
    return TakenStill(f"{number:032x}", event, [Picture(luma, (100, 60, 200, 180), 5.0)])


class SlowRecipient:
    """Seals only when it is let."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.let = threading.Event()

    def sealed(self, name: str, dated_s: float, plain: bytes) -> bytes:
        assert self.let.wait(10)
        sealed: bytes = self._real.sealed(name, dated_s, plain)
        return sealed


def test_more_than_can_be_written_is_dropped_and_never_waited_for(make_stills: Make) -> None:
    settings = make_stills()
    assert settings.recipient_file is not None
    shelf = StillShelf(settings, clock.now())
    slow = SlowRecipient(read_recipient(settings.recipient_file))
    keeper = StillKeeper(shelf, slow, "car-1", clock.now)
    began_s = time.monotonic()
    for number in range(20):
        keeper.offer(still(number))
    assert time.monotonic() - began_s < 0.5
    slow.let.set()
    keeper.close()
    assert keeper.counts.dropped in (15, 16)  # four wait, and one may be at work already
    assert keeper.counts.kept == 20 - keeper.counts.dropped == len(shelf.oldest_first())


def test_a_disk_that_refuses_is_counted_told_and_forgiven(
    make_stills: Make, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_stills()
    assert settings.recipient_file is not None
    shelf = StillShelf(settings, clock.now())
    keeper = StillKeeper(shelf, read_recipient(settings.recipient_file), "car-1", clock.now)
    away = settings.folder.with_name("away")
    settings.folder.rename(away)
    keeper.offer(still(1))
    keeper.offer(still(2))
    wait_until(lambda: keeper.counts.dropped == 2, "two to be dropped")
    assert keeper.failing
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1
    away.rename(settings.folder)
    keeper.offer(still(3))
    wait_until(lambda: keeper.counts.kept == 1 and not keeper.failing, "one to be kept")
    keeper.close()


def test_closing_writes_what_waits(make_stills: Make) -> None:
    settings = make_stills()
    assert settings.recipient_file is not None
    shelf = StillShelf(settings, clock.now())
    keeper = StillKeeper(shelf, read_recipient(settings.recipient_file), "car-1", clock.now)
    for number in range(3):
        keeper.offer(still(number))
    keeper.close()
    keeper.close()
    assert keeper.counts.kept == 3
    assert "event-stills" not in {thread.name for thread in threading.enumerate()}
