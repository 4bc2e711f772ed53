"""A small share of `python -m benchmarks.no_loss`, and that its sweeps notice an outbox that loses."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("apsw")

from benchmarks.no_loss import (
    bad_disks,
    clocks,
    day_of_writing,
    kill_points,
    links,
    logged_sqlite,
    outage,
    power_cuts,
)
from benchmarks.no_loss.links import BAD_LINKS, BadLink
from benchmarks.no_loss.posted import HOST, marked_event, quick_settings
from benchmarks.no_loss.proxy import proxy_to
from benchmarks.no_loss.receiver import Receiver
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.outbox import Outbox
from edge_app.telemetry.settings import OutboxSettings
from edge_app.telemetry.telemetry import Telemetry


def test_power_cut_after_any_write_takes_nothing_that_was_committed() -> None:
    report = power_cuts.sweep(1, 4, every=11)
    assert report.cuts > 200
    assert report.lost == report.twice == report.wrong == []


def test_process_that_dies_between_two_writes_loses_nothing_that_was_committed() -> None:
    report = power_cuts.sweep(2, 3, every=5, survivals=("all",))
    assert report.deaths > 50
    assert report.lost == report.twice == report.wrong == []


@pytest.mark.parametrize("mode", ["NORMAL", "OFF"])
def test_sweep_of_power_cuts_notices_commits_that_are_not_synchronised(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = logged_sqlite.Database.execute

    def careless(
        self: logged_sqlite.Database, statement: str, values: tuple[object, ...] = ()
    ) -> object:
        return really(self, statement.replace("synchronous=FULL", f"synchronous={mode}"), values)

    monkeypatch.setattr(logged_sqlite.Database, "execute", careless)
    assert power_cuts.sweep(1, 1, every=7).lost


def test_sweep_of_power_cuts_notices_a_start_that_is_counted_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        Outbox, "begin_boot", lambda self, after=0: self.counter("birth_number") + 1
    )
    assert power_cuts.sweep(1, 1, every=7).wrong


@pytest.mark.slow
@pytest.mark.mosquitto
def test_kill_minus_9_at_any_instant_loses_nothing_that_was_kept() -> None:
    report = kill_points.kill(7, 80)
    assert report.deaths == 80
    assert report.kept > 80
    assert report.clean, report


@pytest.mark.slow
@pytest.mark.mosquitto
@pytest.mark.parametrize("link", BAD_LINKS, ids=[link.name for link in BAD_LINKS])
def test_everything_arrives_in_order_over_a_bad_link(link: BadLink) -> None:
    passage = links.pass_through(link, 12, 3)
    assert passage.arrived == passage.posted
    assert (passage.twice, passage.out_of_order, passage.gaps, passage.left) == (0, 0, 0, 0)


@pytest.mark.mosquitto
def test_a_fleet_that_lost_its_broker_does_not_knock_all_at_once() -> None:
    storm = links.storm(20, away_s=2.5)
    earliest_s, latest_s = storm.rounds_s[0]
    assert latest_s - earliest_s > 0.2
    assert storm.most_at_once < 15


@pytest.mark.slow
@pytest.mark.mosquitto
def test_outage_of_an_hour_arrives_whole_in_order_and_historical() -> None:
    found = outage.go_without_broker(hours=1.0, events=34, seed=1)
    assert found.events_arrived == 34
    assert found.gauges_arrived == found.gauges >= 40
    assert (found.out_of_order, found.gaps, found.twice, found.dropped) == (0, 0, 0, 0)
    assert found.not_historical == 0


@pytest.mark.mosquitto
def test_what_a_full_outbox_gave_up_is_a_gap_to_the_receiver(tmp_path: Path) -> None:
    bounds = OutboxSettings(path=tmp_path / "outbox.sqlite", capacity_rows=10)
    with local_broker("mosquitto") as broker, proxy_to(broker.port) as proxy:
        receiver = Receiver(HOST, broker.port)
        proxy.shut()
        telemetry = Telemetry(quick_settings(proxy.port, bounds.path, outbox=bounds), "car-7", {})
        telemetry.start()
        for number in range(30):
            telemetry.post_event(marked_event(str(number)))
        assert receiver.wait_for(lambda: telemetry.snapshot().queue_depth == 10, 10.0)
        proxy.open()
        assert receiver.wait_for(lambda: len(receiver.markers) == 10, 20.0)
        telemetry.close()
        assert receiver.markers == {str(number) for number in range(20, 30)}
        assert receiver.gaps == 20
        receiver.close()


@pytest.mark.parametrize("kind", list(bad_disks.REFUSALS))
def test_nothing_is_lost_while_the_disk_refuses_from_any_write_on(kind: str) -> None:
    report = bad_disks.refuse_everywhere(2, kinds=(kind,))
    assert report.tried > 10
    assert report.lost == report.wrong == []


@pytest.mark.slow
def test_damage_anywhere_in_the_file_never_keeps_the_unit_from_starting() -> None:
    report = bad_disks.damage_anywhere(60, 1)
    assert report.noticed > 20
    assert report.lost == report.wrong == []
    assert report.births_gone_back == 0


def test_death_while_a_damaged_file_is_set_aside_loses_nothing_that_could_be_rescued() -> None:
    report = bad_disks.die_while_setting_aside()
    assert report.tried > 10
    assert report.lost == report.wrong == []


@pytest.mark.mosquitto
def test_event_about_a_damaged_file_reaches_the_fleet_after_a_restart() -> None:
    assert bad_disks.told_to_the_fleet() == 1


@pytest.mark.mosquitto
def test_steps_of_the_wall_clock_change_neither_order_nor_what_is_historical() -> None:
    report = clocks.step_the_clock()
    assert (report.arrived, report.wrong) == (report.posted, 0)


@pytest.mark.mosquitto
def test_times_of_a_boot_without_clock_are_mended_once_it_is_set() -> None:
    report = clocks.boot_without_clock()
    assert (report.arrived, report.wrong, report.unsynchronised) == (report.posted, 0, 0)
    # Unmended they would be off by decades; a machine that stutters for 50 ms is off by 5 s at this pace.
    assert report.furthest_off_s < 60.0


@pytest.mark.mosquitto
def test_a_clock_that_is_never_set_is_said_not_to_be_trusted() -> None:
    report = clocks.never_a_clock()
    assert (report.arrived, report.wrong) == (report.posted, 0)
    assert report.unsynchronised == report.posted


def test_a_day_writes_less_than_sixty_megabytes() -> None:
    share = 0.1
    day = day_of_writing.one_day(True, 1, lambda messages: None, share)
    assert day.written_bytes / share < day_of_writing.MOST_BYTES
    assert day.commit_p50_s <= day.commit_p99_s
