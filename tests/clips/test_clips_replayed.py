"""Every real clip, recorded while it was watched, replays to the same bits: all its files, and each of them alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_app.trace.messages import EVENT, STATE
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from tests.clips.clip_edits import events_of
from tests.clips.conftest import WatchedClip
from tests.clips.test_real_clips import DASH, HEAD_TURNS, WEBCAM

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("clip", DASH + WEBCAM + HEAD_TURNS)
def test_a_clip_replays_to_the_same_bits(
    traced_clip: Callable[[str], WatchedClip], clip: str
) -> None:
    watched = traced_clip(clip)
    (run,), problems = recorded_runs(watched.trace)
    result = replay_run(run)
    assert problems == []
    assert result.same_bits, result.states
    assert result.moments == len(watched.steps)
    assert [EVENT.encode(e) for e in result.replayed] == [
        EVENT.encode(e) for e in events_of(watched.steps)
    ]


@pytest.mark.parametrize("clip", DASH + WEBCAM + HEAD_TURNS)
def test_each_file_of_a_clip_replays_alone(
    traced_clip: Callable[[str], WatchedClip], clip: str
) -> None:
    watched = traced_clip(clip)
    moments = 0
    for file in sorted(watched.trace.iterdir()):
        (run,), _ = recorded_runs(file)
        result = replay_run(run)
        assert result.same_bits, (file.name, result.states)
        moments += result.moments
    assert moments == len(watched.steps)


def test_clips_are_cut_into_several_files(traced_clip: Callable[[str], WatchedClip]) -> None:
    """Else the test above would say little."""
    assert len(list(traced_clip(DASH[0]).trace.iterdir())) >= 3


@pytest.mark.parametrize("clip", [DASH[0]])
def test_recorded_states_are_those_that_were_seen(
    traced_clip: Callable[[str], WatchedClip], clip: str
) -> None:
    from edge_app.trace.reading import TraceReader

    watched = traced_clip(clip)
    recorded = []
    for file in sorted(watched.trace.iterdir()):
        with TraceReader(file) as reader:
            recorded += [moment.state for moment in reader.moments()]
    assert recorded == [STATE.encode(step.state) for step in watched.steps]
