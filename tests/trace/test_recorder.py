"""The recording side: what a file opens with, when a new one begins, what is deleted, what a bad disk costs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from mcap.reader import make_reader
from mcap.records import Chunk
from mcap.stream_reader import StreamReader

from edge_app.camera.settings import CameraSettings
from edge_app.errors import UserError
from edge_app.judgement import DriverJudge
from edge_app.settings import VigilSettings
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.trace import recorder as recorder_module
from edge_app.trace.folder import BEGINNING, TraceFolder, require_writable
from edge_app.trace.opening import recorded_settings
from edge_app.trace.reading import TraceReader
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from edge_app.trace.settings import TraceSettings
from edge_app.trace.trace_file import TraceFile
from tests.trace.drives import NAP_S, SETTINGS, WALL_S, drive, nap, record, recorder_for, wild_drive


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of a drive with a nap."""
    (file,) = record(tmp_path_factory.mktemp("whole"), nap(30.0)).files
    return file


def chunks_of(file: Path) -> Iterator[Chunk]:
    with file.open("rb") as stream:
        for record in StreamReader(stream, emit_chunks=True).records:
            if isinstance(record, Chunk):
                yield record


def test_mcaps_own_reader_finds_channels_schemas_and_messages(whole: Path) -> None:
    with whole.open("rb") as stream:
        summary = make_reader(stream).get_summary()
    assert summary is not None and summary.statistics is not None
    topics = {channel.topic: channel for channel in summary.channels.values()}
    assert set(topics) == {
        *("/vigil/input", "/vigil/signals", "/vigil/state"),
        *("/vigil/alerts", "/vigil/event", "/vigil/snapshot"),
    }
    counts = {
        topic: summary.statistics.channel_message_counts[channel.id]
        for topic, channel in topics.items()
    }
    assert counts["/vigil/signals"] == counts["/vigil/state"] == len(nap(30.0))
    assert all(schema.encoding == "jsonschema" for schema in summary.schemas.values())


def test_messages_are_what_their_schemas_say(whole: Path) -> None:
    with whole.open("rb") as stream:
        for schema, _, message in make_reader(stream, validate_crcs=True).iter_messages():
            assert schema is not None
            told = json.loads(schema.data)
            assert set(told["properties"]) == set(json.loads(message.data))


def test_a_chunk_closes_every_second_and_is_compressed(whole: Path) -> None:
    chunks = list(chunks_of(whole))
    assert {chunk.compression for chunk in chunks} == {"zstd"}
    lengths_s = [(c.message_end_time - c.message_start_time) / 1e9 for c in chunks[1:]]
    assert max(lengths_s) < 1.0
    assert min(lengths_s[:-1]) > 0.9


def test_viewers_see_the_wall_clock_and_frame_time_from_there(whole: Path) -> None:
    last = list(chunks_of(whole))[-1]
    assert last.message_end_time / 1e9 == pytest.approx(WALL_S + 30.0, abs=0.01)


def test_a_file_opens_with_who_wrote_it_and_how_it_was_set(whole: Path) -> None:
    with TraceReader(whole) as reader:
        origin = reader.opening.origin
    assert origin.perception == "paint/1"
    assert origin.expression_labels == ("calm", "glad")
    assert origin.settings["alerts"] == SETTINGS.alerts.model_dump(mode="json")
    assert origin.machine.instruction_set


def test_no_secret_and_no_name_is_in_a_trace(tmp_path: Path) -> None:
    settings = VigilSettings(
        unit={"vehicle_id": "van-of-mr-smith"},
        camera=CameraSettings(source="rtsp://user:camera-secret@10.0.0.7/live"),
        telemetry=TelemetrySettings(enabled=True, host="broker.example", password="broker-secret"),
        perception={"model_file": "/home/smith/face_landmarker.task"},
    )
    (file,) = record(tmp_path, nap(3.0), settings).files
    content = file.read_bytes() + json.dumps(recorded_settings(settings)).encode()
    for word in (b"secret", b"10.0.0.7", b"broker.example", b"mr-smith", b"/home"):
        assert word not in content


def test_a_new_file_begins_by_time(tmp_path: Path) -> None:
    recorded = record(tmp_path, nap(30.0), file_s=6.0)
    firsts = []
    for file in recorded.files:
        with TraceReader(file) as reader:
            firsts.append(next(reader.moments()).moment.signals.t_s)
    assert len(firsts) == 5
    assert [b - a for a, b in pairwise(firsts)] == pytest.approx([6.0] * 4, abs=0.1)


def test_a_new_file_begins_before_one_grows_beyond_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_WAITING", 30)
    trace = TraceSettings(file_mb=1.0, total_mb=4.0)
    recorder = recorder_for(tmp_path, trace=trace)
    drive(recorder, nap(70.0))
    recorder.close()
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert 500_000 < max(sizes) <= 1_000_000


def test_all_files_together_stay_within_the_bound_and_the_oldest_go_first(tmp_path: Path) -> None:
    foreign = tmp_path / "vigil-000000-20200101T000000Z.mcap"
    foreign.write_bytes(b"somebody else's" * 300_000)
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    # Smaller than the settings allow, for the sake of the test's time.
    trace = TraceSettings.model_construct(
        file_minutes=4 / 60, file_mb=0.2, total_mb=0.4, sync_s=5.0
    )
    recorder = recorder_for(tmp_path, trace=trace)
    drive(recorder, nap(40.0))
    recorder.close()
    ours = TraceFolder(tmp_path, 0).files()
    assert sum(file.stat().st_size for file in ours) <= 400_000
    assert len(ours) >= 2
    assert foreign.exists() and other.exists()
    numbers = [int(file.name.split("-")[1]) for file in ours]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert numbers[0] > 1
    (run,) = [run for run in recorded_runs(tmp_path)[0] if run.run_id == "run"]
    assert replay_run(run).as_recorded


def test_what_a_power_cut_left_of_a_new_file_counts_as_ours(tmp_path: Path) -> None:
    empty, begun = (tmp_path / f"vigil-00000{n}-20260101T000000Z.mcap" for n in (1, 2))
    empty.touch()
    begun.write_bytes(BEGINNING[:10])
    assert TraceFolder(tmp_path, 0).files() == [empty, begun]


def test_two_runs_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    for run_id in ("first", "second"):
        recorder = recorder_for(tmp_path, run_id=run_id, file_s=5.0)
        drive(recorder, nap(12.0))
        recorder.close()
    runs, problems = recorded_runs(tmp_path)
    assert [(run.run_id, len(run.parts)) for run in runs] == [("first", 3), ("second", 3)]
    assert problems == []


def test_a_slow_disk_costs_moments_but_never_the_loops_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk stands still; the queue fills; what is written afterwards replays all the same."""
    going = threading.Event()
    add = TraceFile.add

    def slow(self: TraceFile, *what: object) -> bool:
        going.wait(20.0)
        return add(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(TraceFile, "add", slow)
    recorder = recorder_for(tmp_path, may_wait=False)
    whole = nap(60.0)
    judge_all = threading.Thread(target=drive, args=(recorder, whole[:900]))
    judge_all.start()
    judge_all.join(20.0)
    assert not judge_all.is_alive()
    assert recorder.failing
    assert recorder.dropped > 0
    going.set()
    recorder.close()
    assert f"{recorder.dropped} moments could not be recorded" in recorder.told()


def test_after_moments_were_lost_a_new_file_begins_that_replays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = threading.Event()
    add = TraceFile.add

    def slow(self: TraceFile, *what: object) -> bool:
        going.wait(20.0)
        return add(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(TraceFile, "add", slow)
    monkeypatch.setattr(recorder_module, "_WAITING", 50)
    recorder = recorder_for(tmp_path, may_wait=False)
    judge = DriverJudge(SETTINGS.driver_state, SETTINGS.alerts)
    recorder.begin(judge)
    for index, moment in enumerate(nap(40.0)):
        if index == 300:
            going.set()
        if index >= 300:
            while recorder._queue.qsize() > 40:
                threading.Event().wait(0.001)
        recorder.judged(moment, judge.step(moment), judge)
    recorder.close()
    (run,), _ = recorded_runs(tmp_path)
    result = replay_run(run)
    assert result.as_recorded
    assert result.moments == len(nap(40.0)) - recorder.dropped
    assert recorder.dropped > 100
    assert any("are missing" in note for note in result.notes)
    assert run.parts[-1].opening.dropped_before == recorder.dropped
    assert "sleep" in {event.type.value for event in result.replayed if event.t_s > NAP_S}


def test_a_disk_that_refuses_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuses = {"now": False}
    close_chunk = TraceFile.close_chunk

    def full(self: TraceFile) -> None:
        if refuses["now"]:
            raise OSError(28, "No space left on device")
        close_chunk(self)

    monkeypatch.setattr(TraceFile, "close_chunk", full)
    monkeypatch.setattr(recorder_module, "_RETRY_S", 5.0)
    recorder = recorder_for(tmp_path)
    judge = DriverJudge(SETTINGS.driver_state, SETTINGS.alerts)
    recorder.begin(judge)
    was_failing = False
    for moment in nap(30.0):
        refuses["now"] = 8.0 < moment.signals.t_s < 11.0
        while recorder._queue.qsize():
            threading.Event().wait(0.0001)
        recorder.judged(moment, judge.step(moment), judge)
        was_failing = was_failing or recorder.failing
    recorder.close()
    assert was_failing and not recorder.failing
    assert caplog.text.count("No space left on device") == 1
    (run,), _ = recorded_runs(tmp_path)
    result = replay_run(run)
    assert result.as_recorded
    assert result.last_s == pytest.approx(30.0, abs=0.1)
    assert len(run.parts) == 2


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="no trace can be written here"):
        require_writable(tmp_path / "file" / "below")


def test_a_folder_that_cannot_be_made_yet_costs_the_trace_not_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is mounted late: told as failing until then."""
    monkeypatch.setattr(recorder_module, "_RETRY_S", 5.0)
    in_the_way = tmp_path / "disk"
    in_the_way.touch()
    recorder = recorder_for(in_the_way / "trace")
    judge = DriverJudge(SETTINGS.driver_state, SETTINGS.alerts)
    recorder.begin(judge)
    failed = False
    for moment in nap(20.0):
        if in_the_way.is_file() and moment.signals.t_s > 8.0:
            failed = recorder.failing
            in_the_way.unlink()
        while recorder._queue.qsize():
            threading.Event().wait(0.0001)
        recorder.judged(moment, judge.step(moment), judge)
    recorder.close()
    assert failed and not recorder.failing
    (run,), _ = recorded_runs(in_the_way / "trace")
    assert replay_run(run).as_recorded


def test_a_run_without_moments_leaves_no_file(tmp_path: Path) -> None:
    assert record(tmp_path, []).files == []


def _deep() -> list[object]:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


@pytest.mark.parametrize("unforeseen", [lambda: None, _deep()], ids=["a function", "very deep"])
def test_a_judge_that_cannot_be_saved_stops_the_trace_not_the_watch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, unforeseen: object
) -> None:
    judge = DriverJudge(SETTINGS.driver_state, SETTINGS.alerts)
    judge.estimator._of_no_known_kind = unforeseen  # type: ignore[attr-defined]
    recorder = recorder_for(tmp_path)
    recorder.begin(judge)
    (moment,) = nap(0.0)
    recorder.judged(moment, judge.step(moment), judge)
    recorder.close()
    assert recorder.failing
    assert "trace stopped: what the driver was judged by cannot be saved" in caplog.text


def test_a_restart_is_recorded_and_replayed(tmp_path: Path) -> None:
    """A camera whose clock goes back; and frames that have nothing to do with each other."""
    recorder = recorder_for(tmp_path, file_s=10.0)
    drive(recorder, nap(25.0))
    drive(recorder, wild_drive(3, 20.0))
    recorder.close()
    (run,), _ = recorded_runs(tmp_path)
    assert replay_run(run).as_recorded
