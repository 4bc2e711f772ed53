"""Recorded signals through estimators and policy once more: with the recorded settings, bit for bit; or with others.

A run is stepped from file to file. Where files follow each other the judge goes on, and what it remembers must be what
the next file opens with; where one is missing it takes up what the file says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from edge_app.alerts.event import Event
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.judgement import DriverJudge, Judgement
from edge_app.trace.machine import Machine, this_machine
from edge_app.trace.messages import ALERTS, EVENT, STATE, AlertsMessage
from edge_app.trace.opening import TraceError, judging_settings
from edge_app.trace.reading import RecordedMoment, TraceReader
from edge_app.trace.series import PartOfRun, RecordedRun
from edge_app.trace.snapshot import SnapshotError, as_text, capture, from_text, restored
from edge_app.trace.state_difference import StateDifferences


@dataclass(frozen=True, slots=True)
class JudgingSettings:
    """What the pure half of the program is set up with."""

    driver_state: DriverStateSettings
    alerts: AlertSettings


@dataclass(slots=True)
class ReplayedRun:
    """One run, recorded and replayed."""

    run_id: str
    vigil_version: str
    machine: Machine
    first_s: float = 0.0
    last_s: float = 0.0
    moments: int = 0
    recorded: list[Event] = field(default_factory=list)  # what the replay is held against
    replayed: list[Event] = field(default_factory=list)
    states: StateDifferences = field(default_factory=StateDifferences)
    with_other_settings: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def same_machine(self) -> bool:
        return self.machine == this_machine()

    @property
    def same_bits(self) -> bool:
        """Whether all states, alerts and events are the recorded ones, to the last bit."""
        return not self.states.count and not self.states.boundaries

    @property
    def same_events(self) -> bool:
        """Whether the same things happened at the same time; numbers beside them may differ in their last digits."""
        return [_what(event) for event in self.recorded] == [_what(e) for e in self.replayed]

    @property
    def as_recorded(self) -> bool:
        return self.same_bits if self.same_machine else self.same_events


def replay_run(run: RecordedRun, other: JudgingSettings | None = None) -> ReplayedRun:
    """`other`: settings in place of the recorded ones. Raises `TraceError` where a file cannot be replayed."""
    origin = run.parts[0].opening.origin
    result = ReplayedRun(run.run_id, origin.vigil_version, origin.machine)
    stepping: _Repeat | _WhatIf = _Repeat(result) if other is None else _WhatIf(result, other)
    result.with_other_settings = other is not None
    next_step: int | None = None
    for part in run.parts:
        with TraceReader(part.path) as reader:
            first_step = part.opening.first_step
            stepping.begin(part, reader.snapshot, follows=first_step == next_step)
            if next_step is not None and first_step != next_step:
                result.notes.append(
                    f"{first_step - next_step} moments before {part.path.name} are missing"
                )
            next_step = first_step
            for recorded in _in_order(reader):
                if not result.moments:
                    result.first_s = recorded.moment.signals.t_s
                result.moments += 1
                result.last_s = recorded.moment.signals.t_s
                next_step = recorded.number + 1
                try:
                    stepping.step(recorded)
                except Exception as error:
                    # Whatever a strange file leads to is told in a sentence.
                    raise TraceError(
                        f"{part.path}: moment {recorded.number} cannot be judged by this version of"
                        f" Vigil ({type(error).__name__}: {error})"
                    ) from error
            if reader.torn:
                result.notes.append(
                    f"{part.path.name} was cut off; it is replayed up to its last whole second"
                )
    if not result.moments:
        raise TraceError(
            f"{run.parts[0].path}: was cut off before its first moment; nothing to replay"
        )
    return result


def _in_order(reader: TraceReader) -> Iterator[RecordedMoment]:
    """Raises `TraceError` where moments are missing inside a file, which Vigil never writes."""
    expected = reader.opening.first_step
    for recorded in reader.moments():
        if recorded.number != expected:
            raise TraceError(f"{reader.path}: moment {expected} is missing; the file is damaged")
        expected += 1
        yield recorded


class _Repeat:
    """As it was recorded: every state, alert and event is held against the recorded one."""

    def __init__(self, result: ReplayedRun) -> None:
        self._result = result
        self._settings: JudgingSettings | None = None
        self._judge: DriverJudge | None = None

    def begin(self, part: PartOfRun, snapshot: str, *, follows: bool) -> None:
        settings = _recorded(part, self._result)
        if follows and self._judge is not None and self._settings == settings:
            here = as_text(capture(self._judge, _named(self._settings)))
            if here != snapshot:
                self._tell_boundary(part, here, snapshot)
            return
        self._settings = settings
        self._judge = _judge_at(part, snapshot, settings, self._result)

    def _tell_boundary(self, part: PartOfRun, here: str, snapshot: str) -> None:
        assert self._settings is not None
        try:
            recorded = _restored(snapshot, self._settings)
        except SnapshotError as error:
            note = (
                f"estimators and policy remember other things than when this was recorded ({error})"
            )
            if note not in self._result.notes:
                self._result.notes.append(note)
            return
        # The same may have been written in other words by another version.
        if as_text(capture(recorded, _named(self._settings))) != here:
            self._result.states.add_boundary(part.path.name)

    def step(self, recorded: RecordedMoment) -> None:
        assert self._settings is not None and self._judge is not None
        if recorded.restarted:
            self._judge = _fresh(self._settings)
        judgement = self._judge.step(recorded.moment)
        result, t_s = self._result, recorded.moment.signals.t_s
        result.recorded += [EVENT.decode(event) for event in recorded.events]
        result.replayed += _as_recorded(judgement)
        policy = judgement.policy
        alerts = AlertsMessage(t_s, policy.parked, policy.active, policy.voice)
        result.states.compare(t_s, "state", recorded.state, STATE.encode(judgement.state))
        result.states.compare(t_s, "alerts", recorded.alerts, ALERTS.encode(alerts))
        events = [EVENT.encode(event) for event in policy.events]
        result.states.compare(t_s, "events", _listed(recorded.events), _listed(events))


class _WhatIf:
    """With other settings. What estimators or policy remembered under the old ones is of no use to those that change.

    From a run's beginning nothing is lost by that. From its middle the changed part begins with nothing; so that only
    the settings make a difference, the recorded settings are replayed beside it from the same beginning.
    """

    def __init__(self, result: ReplayedRun, other: JudgingSettings) -> None:
        self._result = result
        self._other = other
        self._settings: JudgingSettings | None = None
        self._judge: DriverJudge | None = None
        self._beside: DriverJudge | None = None

    def begin(self, part: PartOfRun, snapshot: str, *, follows: bool) -> None:
        if self._judge is not None:
            return
        self._settings = _recorded(part, self._result)
        self._judge = self._start(part, snapshot, self._other)
        if part.opening.first_step > 0:
            self._beside = self._start(part, snapshot, self._settings)
            self._result.notes.append(
                "the trace begins in the middle of a drive: under the other settings PERCLOS needs a minute, and the"
                " direction of the road half a minute, to be known again; the recorded settings are replayed from the"
                " same beginning for comparison"
            )

    def step(self, recorded: RecordedMoment) -> None:
        assert self._settings is not None and self._judge is not None
        if recorded.restarted:
            self._judge = _fresh(self._other)
            self._beside = None
        self._result.replayed += _as_recorded(self._judge.step(recorded.moment))
        if self._beside is None:
            self._result.recorded += [EVENT.decode(event) for event in recorded.events]
        else:
            self._result.recorded += _as_recorded(self._beside.step(recorded.moment))

    def _start(self, part: PartOfRun, snapshot: str, settings: JudgingSettings) -> DriverJudge:
        """Estimators go on where theirs are the settings they had; the policy begins afresh."""
        assert self._settings is not None
        judge = _fresh(settings)
        if part.opening.first_step > 0 and self._other.driver_state == self._settings.driver_state:
            judge.estimator = _judge_at(part, snapshot, self._settings, self._result).estimator
        return judge


def _recorded(part: PartOfRun, result: ReplayedRun) -> JudgingSettings:
    driver_state, alerts, unknown = judging_settings(part.opening, str(part.path))
    if unknown:
        note = f"settings that this Vigil does not have are left out: {', '.join(unknown)}"
        if note not in result.notes:
            result.notes.append(note)
    return JudgingSettings(driver_state, alerts)


def _fresh(settings: JudgingSettings) -> DriverJudge:
    return DriverJudge(settings.driver_state, settings.alerts)


def _judge_at(
    part: PartOfRun, snapshot: str, settings: JudgingSettings, result: ReplayedRun
) -> DriverJudge:
    try:
        return _restored(snapshot, settings)
    except SnapshotError as error:
        if part.opening.first_step > 0:
            result.notes.append(
                f"what was known when {part.path.name} began does not fit this version of Vigil ({error});"
                " it begins with nothing"
            )
        return _fresh(settings)


def _restored(snapshot: str, settings: JudgingSettings) -> DriverJudge:
    judge = restored(from_text(snapshot), _named(settings), _fresh(settings))
    if not isinstance(judge, DriverJudge):
        raise SnapshotError("it is none of a judge")
    return judge


def _named(settings: JudgingSettings) -> dict[str, DriverStateSettings | AlertSettings]:
    return {"driver_state": settings.driver_state, "alerts": settings.alerts}


def _as_recorded(judgement: Judgement) -> list[Event]:
    """Through the trace's own encoding, so that both sides have the same types."""
    return [EVENT.decode(EVENT.encode(event)) for event in judgement.policy.events]


def _listed(messages: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(messages) + b"]"


def _what(event: Event) -> tuple[object, ...]:
    return event.type, event.level, event.values.get("reason"), event.t_s, round(event.onset_s, 6)
