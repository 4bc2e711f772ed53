"""Replayed, a trace gives what was recorded; with other settings, what those would have made of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.alerts.event import Event, EventType, Level
from edge_app.alerts.settings import AlertSettings, ClosedEyesSettings
from edge_app.driver_state.settings import DriverStateSettings, LidSettings
from edge_app.trace.comparison import Change, compare, summary
from edge_app.trace.machine import Machine
from edge_app.trace.messages import EVENT
from edge_app.trace.replay import JudgingSettings, ReplayedRun, replay_run
from edge_app.trace.series import recorded_runs
from edge_app.trace.snapshot import SnapshotError
from tests.trace.drives import NAP_S, SETTINGS, Recorded, nap, record, wild_drive

RECORDED = JudgingSettings(SETTINGS.driver_state, SETTINGS.alerts)
SOONER_S = 0.25
SOONER = JudgingSettings(
    DriverStateSettings(
        lids=LidSettings(microsleep_s=SETTINGS.driver_state.lids.microsleep_s - SOONER_S)
    ),
    SETTINGS.alerts,
)
UNRESPONSIVE_SOONER = JudgingSettings(
    SETTINGS.driver_state,
    AlertSettings(closed_eyes=ClosedEyesSettings(unresponsive_s=3.5)),
)


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A drive of 40 s with a nap, in files of 7 s."""
    return record(tmp_path_factory.mktemp("rotated"), nap(), file_s=7.0)


def replayed(path: Path, other: JudgingSettings | None = None) -> ReplayedRun:
    (run,), problems = recorded_runs(path)
    assert problems == []
    return replay_run(run, other)


def events_of(recorded: Recorded) -> list[Event]:
    return [event for judgement in recorded.judgements for event in judgement.policy.events]


def encoded(events: list[Event]) -> list[bytes]:
    return [EVENT.encode(event) for event in events]


def test_the_files_of_a_run_replay_to_the_same_bits(rotated: Recorded) -> None:
    result = replayed(rotated.folder)
    assert result.same_bits
    assert result.moments == len(rotated.judgements)
    assert encoded(result.replayed) == encoded(events_of(rotated))
    assert result.notes == []


def test_each_file_replays_alone_from_its_middle_of_the_drive(rotated: Recorded) -> None:
    assert len(rotated.files) == 6
    results = [replayed(file) for file in rotated.files]
    assert all(result.same_bits for result in results)
    events = [event for result in results for event in result.replayed]
    assert encoded(events) == encoded(events_of(rotated))


def test_the_nap_is_in_it(rotated: Recorded) -> None:
    """Else the two tests above would say little."""
    types = {event.type for event in replayed(rotated.folder).replayed}
    assert {EventType.MICROSLEEP, EventType.SLEEP, EventType.OFF_ROAD_GLANCE} <= types


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), file_s=st.sampled_from([1.0, 5.0, 600.0]))
def test_any_drive_replays_to_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, seed: int, file_s: float
) -> None:
    recorded = record(tmp_path_factory.mktemp("any"), wild_drive(seed, 15.0), file_s=file_s)
    result = replayed(recorded.folder)
    assert result.same_bits
    assert result.moments == len(recorded.judgements)


def test_a_drive_in_files_written_with_an_older_snapshot_replays_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tuples had an identity then, which a replay cannot repeat."""
    with monkeypatch.context() as patch:
        patch.setattr("edge_app.trace.snapshot._is_plain", lambda value: False)
        recorded = record(tmp_path, wild_drive(3, 20.0), file_s=2.0)
    assert len(recorded.files) > 5
    assert replayed(tmp_path).same_bits


def test_the_outputs_of_a_learned_head_are_recorded(tmp_path: Path) -> None:
    recorded = record(tmp_path, wild_drive(1, 20.0))
    assert any(judgement.state.expression for judgement in recorded.judgements)
    assert replayed(tmp_path).same_bits


def test_a_changed_estimator_is_noticed(rotated: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later version computes otherwise shows up by moment and field."""
    from edge_app.driver_state import perclos

    monkeypatch.setattr(perclos.PerclosEstimator, "step", _perclos_doubled)
    result = replayed(rotated.folder)
    assert not result.as_recorded
    assert {d.field for d in result.states.first} >= {"state.perclos.coverage"}


def test_a_missing_file_is_told_and_bridged(rotated: Recorded, tmp_path: Path) -> None:
    for index, file in enumerate(rotated.files):
        if index != 1:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    result = replayed(tmp_path)
    assert result.same_bits
    assert ["are missing" in note for note in result.notes] == [True]


def test_on_another_machine_only_events_count(rotated: Recorded) -> None:
    result = replayed(rotated.folder)
    result.states.count = 7  # the last digits of seven states differ
    assert not result.as_recorded
    result.machine = Machine("aarch64 asimd", "glibc 2.36", "3.11", "2.0")
    assert result.as_recorded
    result.replayed.pop()
    assert not result.as_recorded


def test_a_state_of_another_version_begins_with_nothing_and_says_so(
    rotated: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SnapshotError("BlinkEstimator does not hold the same (_course)")

    monkeypatch.setattr("edge_app.trace.replay.restored", refuse)
    result = replayed(rotated.files[3])
    assert any("begins with nothing" in note for note in result.notes)


def test_an_estimator_that_remembers_more_by_now_is_a_note_where_states_are_the_same(
    rotated: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_app.driver_state.presence import PresenceEstimator

    before = PresenceEstimator.__init__

    def remembers_more(self: PresenceEstimator) -> None:
        before(self)
        self._new = 0.0  # type: ignore[attr-defined]

    monkeypatch.setattr(PresenceEstimator, "__init__", remembers_more)
    result = replayed(rotated.folder)
    assert result.as_recorded
    assert len(result.notes) == 1 and "_new" in result.notes[0]


def test_other_settings_warn_as_much_sooner_as_they_say(rotated: Recorded) -> None:
    result = replayed(rotated.folder, SOONER)
    (microsleep,) = [
        change
        for change in compare(result.recorded, result.replayed)
        if change.event.type is EventType.MICROSLEEP
    ]
    assert microsleep.later_s == pytest.approx(-SOONER_S, abs=1 / 30 + 1e-6)
    assert encoded(result.recorded) == encoded(events_of(rotated))


def test_the_recorded_settings_given_as_others_change_nothing(rotated: Recorded) -> None:
    result = replayed(rotated.folder, RECORDED)
    changes = compare(result.recorded, result.replayed)
    assert not any(change.is_change for change in changes)
    assert summary(changes) == "nothing would have been different"


def test_from_the_middle_of_a_drive_only_the_settings_make_a_difference(
    rotated: Recorded,
) -> None:
    """The file begins asleep: what is recorded there needs the past, which other settings do not have."""
    later = rotated.files[2]
    result = replayed(later, SOONER)
    assert any("middle of a drive" in note for note in result.notes)
    same = replayed(later, RECORDED)
    assert not any(change.is_change for change in compare(same.recorded, same.replayed))


def test_estimators_go_on_where_only_the_alerts_settings_change(rotated: Recorded) -> None:
    """The file begins in the middle of the nap: its onset lies before it."""
    middle = rotated.files[3]
    result = replayed(middle, UNRESPONSIVE_SOONER)
    assert NAP_S < result.first_s < NAP_S + 3.5
    (unresponsive,) = [e for e in result.replayed if e.type is EventType.UNRESPONSIVE]
    assert unresponsive.t_s == pytest.approx(NAP_S + 3.5, abs=0.1)
    assert unresponsive.onset_s == pytest.approx(NAP_S, abs=0.1)
    assert EventType.UNRESPONSIVE not in {event.type for event in result.recorded}


def _event(kind: EventType, t_s: float, level: Level | None = Level.WARNING) -> Event:
    return Event(kind, t_s, t_s - 1.0, level)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            Change(_event(EventType.MICROSLEEP, 12.3), _event(EventType.MICROSLEEP, 10.9)),
            "microsleep warning at 12.3 s would have come 1.4 s earlier",
        ),
        (
            Change(_event(EventType.DEGRADED, 5.0), _event(EventType.DEGRADED, 5.02)),
            "degraded warning at 5.0 s would have come 0.020 s later",
        ),
        (
            Change(_event(EventType.OFF_ROAD_GLANCE, 7.0), None),
            "off road glance warning at 7.0 s would not have come",
        ),
        (
            Change(None, _event(EventType.DROWSINESS, 80.0, Level.ADVICE)),
            "drowsiness advice at 80.0 s would have come in addition",
        ),
        (
            Change(_event(EventType.SLEEP, 3.0), _event(EventType.SLEEP, 3.0, Level.ALARM)),
            "sleep warning at 3.0 s would have come as an alarm",
        ),
    ],
)
def test_a_change_in_words(change: Change, words: str) -> None:
    assert change.words(0.0) == words


def test_events_are_paired_with_the_nearest_of_their_kind() -> None:
    before = [_event(EventType.MICROSLEEP, t) for t in (10.0, 20.0, 90.0)]
    after = [_event(EventType.MICROSLEEP, t) for t in (9.0, 19.5, 50.0)]
    changes = compare(before, after)
    assert [(c.before and c.before.t_s, c.after and c.after.t_s) for c in changes] == [
        (10.0, 9.0),
        (20.0, 19.5),
        (None, 50.0),
        (90.0, None),
    ]


def test_the_summary_counts_by_level_and_tells_how_much_sooner() -> None:
    before = [_event(EventType.MICROSLEEP, t) for t in (10.0, 60.0, 110.0, 160.0)]
    changes = compare(before, [_event(EventType.MICROSLEEP, 8.6)])
    assert summary(changes) == "3 warnings fewer; 1 would have come 1.4 s earlier"


def _perclos_doubled(self: object, t_s: float, closure: object, *, doubted: bool) -> object:
    from edge_app.driver_state.state import Perclos

    return Perclos(None, None, 0.5)
