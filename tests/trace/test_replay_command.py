"""`vigil replay` as its reader sees it: words, JSON, files and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.commands.main import main
from tests.trace.drives import Recorded, nap, record

Vigil = Callable[..., tuple[int, str, str]]
RETOLD = "alerts.closed_eyes.unresponsive_s=3.5"


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A drive of 30 s with a nap, in files of 10 s."""
    return record(tmp_path_factory.mktemp("rotated"), nap(30.0), file_s=10.0)


@pytest.fixture
def vigil(capsys: pytest.CaptureFixture[str]) -> Vigil:
    def run(*words: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    return run


def test_as_recorded_is_exit_code_0(vigil: Vigil, rotated: Recorded) -> None:
    code, out, err = vigil("replay", rotated.folder)
    events = sum(len(judgement.policy.events) for judgement in rotated.judgements)
    assert (code, err) == (0, "")
    assert f"the same {events} events, {len(rotated.judgements)} states identical" in out


def test_not_as_recorded_is_exit_code_1_and_says_where(
    vigil: Vigil, rotated: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_app.driver_state import frame_rate

    monkeypatch.setattr(frame_rate, "_WINDOW_S", 1.0)
    code, out, _ = vigil("replay", rotated.folder)
    assert code == 1
    assert "not as recorded" in out
    assert "state.valid_frame_rate_hz: " in out


def test_other_settings_are_told_in_words(vigil: Vigil, rotated: Recorded) -> None:
    code, out, _ = vigil("replay", rotated.folder, "--set", RETOLD)
    assert code == 0
    assert "unresponsive at 23.5 s would have come in addition" in out
    assert "with these settings: 1 alert for no response more" in out


def test_set_changes_the_recorded_settings_not_the_defaults(vigil: Vigil, tmp_path: Path) -> None:
    from edge_app.settings import VigilSettings

    slow = VigilSettings(alerts={"closed_eyes": {"unresponsive_s": 3.5}})
    record(tmp_path, nap(30.0), slow)
    _, out, _ = vigil("replay", tmp_path, "--set", "alerts.acknowledge_mute_s=60", "--json")
    (run,) = json.loads(out)["runs"]
    assert "unresponsive" in {event["type"] for event in run["events_replayed"]}
    assert run["changes"] == []


def test_a_configuration_stands_in_place_of_the_recorded_settings(
    vigil: Vigil, rotated: Recorded, tmp_path: Path
) -> None:
    config = tmp_path / "new.yaml"
    config.write_text("alerts: {closed_eyes: {unresponsive_s: 3.5}}\n")
    _, out, _ = vigil("replay", rotated.folder, "--config", config)
    assert "unresponsive at 23.5 s would have come in addition" in out


def test_json_holds_both_sides(vigil: Vigil, rotated: Recorded) -> None:
    _, out, _ = vigil("replay", rotated.folder, "--set", RETOLD, "--json")
    (run,) = json.loads(out)["runs"]
    (change,) = run["changes"]
    assert change["recorded"] is None
    assert change["replayed"]["level"] == "unresponsive"
    assert len(run["events_replayed"]) >= len(run["events_recorded"])


def test_events_are_left_out_before_and_after(vigil: Vigil, rotated: Recorded) -> None:
    _, out, _ = vigil("replay", rotated.folder, "--from", "20", "--to", "22", "--json")
    (run,) = json.loads(out)["runs"]
    times_s = {event["type"]: event["t_s"] for event in run["events_replayed"]}
    assert "microsleep" in times_s and "sleep" not in times_s
    assert all(20.0 <= t_s <= 22.0 for t_s in times_s.values())


@pytest.mark.parametrize("word", ["perception.model=mediapipe", "camera.width_px=320"])
@pytest.mark.parametrize("with_config", [False, True])
def test_set_of_what_a_replay_does_not_use_is_refused(
    vigil: Vigil, rotated: Recorded, tmp_path: Path, word: str, with_config: bool
) -> None:
    config = tmp_path / "new.yaml"
    config.write_text("alerts: {closed_eyes: {unresponsive_s: 3.5}}\n")
    also = ("--config", config) if with_config else ()
    code, out, err = vigil("replay", rotated.folder, *also, "--set", RETOLD, "--set", word)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f"error: --set {word.split('=')[0]}: ")
    assert "only driver_state and alerts" in err


def test_set_of_an_unknown_key_is_still_told_as_such(vigil: Vigil, rotated: Recorded) -> None:
    code, _, err = vigil("replay", rotated.folder, "--set", "alert.degraded.told_after_s=3")
    assert code == 2
    assert "did you mean `alerts`?" in err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--from", "20", "--to", "10"), "--to 10: is before --from 20"),
        (("--to", "-1"), "--to -1: is before --from 0"),
        (("--from", "500"), "--from 500: "),
        (("--from", "-5"), "--from -5: "),
        (("--from", "nan"), "--from nan: "),
    ],
)
def test_impossible_stretch_is_refused_and_the_trace_s_own_is_told(
    vigil: Vigil, rotated: Recorded, tmp_path: Path, words: tuple[str, ...], named: str
) -> None:
    code, out, err = vigil("replay", rotated.folder, *words, "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f"error: {named}")
    first_s, last_s = (rotated.judgements[at].state.t_s for at in (0, -1))
    assert f"the trace goes from 0 s to {last_s - first_s:.1f} s" in err
    assert not (tmp_path / "out").exists()


def test_replayed_events_are_written(vigil: Vigil, rotated: Recorded, tmp_path: Path) -> None:
    vigil("replay", rotated.folder, "--out", tmp_path / "out")
    lines = (tmp_path / "out" / "events.jsonl").read_text().splitlines()
    events = sum(len(judgement.policy.events) for judgement in rotated.judgements)
    assert len(lines) == events
    assert "sleep" in {json.loads(line)["type"] for line in lines}


@pytest.mark.parametrize("content", [b"", b"no trace", None])
def test_no_trace_is_exit_code_2_and_one_line(
    vigil: Vigil, content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "x.mcap"
    if content is not None:
        file.write_bytes(content)
    code, out, err = vigil("replay", file)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f"error: {file}: ")


def test_a_bad_file_among_good_ones_is_told_and_exit_code_2(
    vigil: Vigil, rotated: Recorded, tmp_path: Path
) -> None:
    for file in rotated.files:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "z.mcap").write_bytes(b"nothing")
    code, out, err = vigil("replay", tmp_path)
    assert code == 2
    assert "states identical" in out
    assert "z.mcap" in err
