"""When stills go out: one at a time, on a quiet link, and ever more rarely where the connection breaks with them."""

from __future__ import annotations

import queue
from collections.abc import Callable

from edge_app.stills.carrier import StillCarrier
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import StillShelf
from tests.stills.test_shelf import Machine, put

Make = Callable[..., EventStillsSettings]


class Line:
    """`Link` in the test's hand."""

    def __init__(self) -> None:
        self.connection_number = 1
        self.is_quiet = True
        self.sent: list[tuple[str, int]] = []
        self._taken: queue.SimpleQueue[str] | None = None

    def send_still(
        self, name: str, sealed: bytes, taken: queue.SimpleQueue[str], connection_number: int
    ) -> None:
        self.sent.append((name, connection_number))
        self._taken = taken

    def acknowledge(self) -> None:
        assert self._taken is not None
        self._taken.put(self.sent[-1][0])


def test_one_at_a_time_the_oldest_first_and_deleted_when_taken(make_stills: Make) -> None:
    machine, line = Machine(), Line()
    shelf = StillShelf(make_stills(), machine.now())
    first = put(shelf, machine, 7)
    machine.true_s += 60
    second = put(shelf, machine, 3)
    carrier = StillCarrier(line, shelf)
    for _ in range(3):
        carrier.step(machine.now())
    assert line.sent == [(first, 1)]
    line.acknowledge()
    carrier.step(machine.now())
    assert line.sent == [(first, 1), (second, 1)]
    assert [still.name for still in shelf.oldest_first()] == [second]


def test_events_that_wait_go_first(make_stills: Make) -> None:
    machine, line = Machine(), Line()
    shelf = StillShelf(make_stills(), machine.now())
    put(shelf, machine)
    line.is_quiet = False
    carrier = StillCarrier(line, shelf)
    carrier.step(machine.now())
    assert line.sent == []
    line.is_quiet = True
    carrier.step(machine.now())
    assert len(line.sent) == 1


def test_a_broker_that_hangs_up_on_stills_is_tried_ever_more_rarely(make_stills: Make) -> None:
    machine, line = Machine(), Line()
    shelf = StillShelf(make_stills(), machine.now())
    put(shelf, machine)
    carrier = StillCarrier(line, shelf)
    for _ in range(6 * 3600):
        carrier.step(machine.now())
        if line.sent and line.sent[-1][1] == line.connection_number:
            line.connection_number += 1
        machine.true_s += 1
    # After 1, 2, 4 ... minutes, then once an hour.
    assert 8 <= len(line.sent) <= 13
    line.connection_number += 1


def test_what_was_deleted_meanwhile_is_not_sent(make_stills: Make) -> None:
    machine, line = Machine(), Line()
    shelf = StillShelf(make_stills(), machine.now())
    name = put(shelf, machine)
    (shelf.folder / f"{name}.still").unlink()
    StillCarrier(line, shelf).step(machine.now())
    assert line.sent == [] and shelf.oldest_first() == []
