"""A drive on which a profile was handed over replays to the same bits, from its beginning and from its middle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_app.driver_state.signals import UNREAD
from edge_app.judgement import Moment
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from tests.driver_profiles.drivers import FACE, FAST, profile, seen
from tests.trace.drives import record

HANDED_AT = 100


def test_a_profile_is_an_input_that_a_trace_repeats(tmp_path: Path) -> None:
    hers = profile(opened=1 / 1.7)
    given = [
        Moment(signals, FAST, profile=hers if number == HANDED_AT else None)
        for number, signals in enumerate(seen(30.0, FACE))
    ]
    recorded = record(tmp_path, given, file_s=12.0)
    before, after = (recorded.judgements[at].state.calibration for at in (HANDED_AT - 1, HANDED_AT))
    assert before.progress < 1.0 == after.progress
    assert len(recorded.files) > 1
    (run,), _ = recorded_runs(tmp_path)
    assert replay_run(run).same_bits
    recorded.files[0].unlink()
    (later,), _ = recorded_runs(tmp_path)
    assert replay_run(later).same_bits


def test_a_face_in_the_signals_costs_a_trace_little(tmp_path: Path) -> None:
    """Per moment, packed: what glasses and the ratios of the face add."""
    signals = list(seen(20.0, FACE))
    bare = [replace(each, glasses=UNREAD, face_geometry=None) for each in signals]
    sizes = {}
    for name, each in (("with", signals), ("without", bare)):
        given = [Moment(signal, FAST) for signal in each]
        files = record(tmp_path / name, given).files
        sizes[name] = sum(file.stat().st_size for file in files) / len(given)
    assert sizes["with"] - sizes["without"] < 70
