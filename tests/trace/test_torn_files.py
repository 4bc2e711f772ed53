"""Files cut off anywhere, damaged, made up: all that was whole is read, and nothing else happens."""

from __future__ import annotations

import random
import re
import resource
import struct
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.opcode import Opcode
from mcap.records import Chunk
from mcap.stream_reader import StreamReader
from mcap.writer import MCAP0_MAGIC

from edge_app.trace.folder import BEGINNING
from edge_app.trace.opening import SCHEMA_VERSION, TraceError
from edge_app.trace.reading import RecordedMoment, TraceReader
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from edge_app.trace.snapshot import Json, from_text
from tests.trace.drives import nap, record

LENGTH_S = 12.0


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of 12 s."""
    (file,) = record(tmp_path_factory.mktemp("whole"), nap(LENGTH_S)).files
    return file.read_bytes()


@pytest.fixture(scope="module")
def chunk_ends(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Where each chunk is whole; the first holds the snapshot."""
    path = tmp_path_factory.mktemp("chunks") / "whole.mcap"
    path.write_bytes(content)
    with path.open("rb") as stream:
        records = StreamReader(stream, emit_chunks=True).records
        return [stream.tell() for record in records if isinstance(record, Chunk)]


def read(path: Path, content: bytes) -> tuple[list[RecordedMoment], bool]:
    path.write_bytes(content)
    with TraceReader(path) as reader:
        return list(reader.moments()), reader.torn


def test_cut_off_at_any_byte_it_is_read_to_its_last_whole_second(
    content: bytes, chunk_ends: list[int], tmp_path: Path
) -> None:
    chance = random.Random(1)
    inside = [chance.randrange(len(content)) for _ in range(25)]
    cuts = {
        *inside,
        *chunk_ends,
        *(end - 1 for end in chunk_ends),
        *(end + 1 for end in chunk_ends),
    }
    for cut in sorted(cuts):
        whole_chunks = sum(end <= cut for end in chunk_ends) - 1  # of moments
        if whole_chunks < 0:
            with pytest.raises(TraceError, match=r"cut off before|opening|not a trace|not one of"):
                read(tmp_path / "cut.mcap", content[:cut])
            continue
        moments, _ = read(tmp_path / "cut.mcap", content[:cut])
        assert len(moments) == min(30 * whole_chunks, len(nap(LENGTH_S)))
        if moments:
            assert moments[-1].number == len(moments) - 1


def test_what_is_left_of_a_cut_file_replays(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.mcap"
    path.write_bytes(content[: len(content) // 2])
    (run,), _ = recorded_runs(path)
    result = replay_run(run)
    assert result.as_recorded
    assert 2.0 < result.last_s < LENGTH_S
    assert any("cut off" in note for note in result.notes)


def test_a_whole_file_is_not_torn_and_one_without_its_end_is(
    content: bytes, chunk_ends: list[int], tmp_path: Path
) -> None:
    assert read(tmp_path / "a.mcap", content)[1] is False
    assert read(tmp_path / "b.mcap", content[: chunk_ends[-1]])[1] is True


def test_zeros_after_a_power_cut_are_the_end(
    content: bytes, chunk_ends: list[int], tmp_path: Path
) -> None:
    moments, torn = read(tmp_path / "zeros.mcap", content[: chunk_ends[5]] + bytes(4096))
    assert len(moments) == 30 * 5
    assert torn


def test_a_flipped_bit_ends_the_file_before_its_chunk(
    content: bytes, chunk_ends: list[int], tmp_path: Path
) -> None:
    damaged = bytearray(content)
    damaged[chunk_ends[4] - 50] ^= 0x10
    moments, torn = read(tmp_path / "flipped.mcap", bytes(damaged))
    assert len(moments) == 30 * 3
    assert torn


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (b"", "is empty"),
        (b"not a trace at all", "is not a trace"),
        (MCAP0_MAGIC, "not one of Vigil's traces"),
        (BEGINNING, "not one of Vigil's traces"),
    ],
)
def test_what_is_no_trace_is_one_sentence(made: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=sentence) as refused:
        read(tmp_path / "x.mcap", made)
    assert "\n" not in str(refused.value)
    assert "x.mcap" in str(refused.value)


def test_a_newer_format_is_refused_by_its_number(content: bytes, tmp_path: Path) -> None:
    old = f'"schema_version": {SCHEMA_VERSION}'.encode()
    word = b"schema_version"
    at = content.index(word) + len(word) + 4
    assert content[at : at + 1] == str(SCHEMA_VERSION).encode(), old
    newer = content[:at] + b"9" + content[at + 1 :]
    with pytest.raises(TraceError, match=f"version 9 .* reads up to {SCHEMA_VERSION}"):
        read(tmp_path / "newer.mcap", newer)


def test_a_folder_without_traces_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="holds no trace"):
        recorded_runs(tmp_path)


def test_a_bad_file_in_a_folder_costs_the_others_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_bytes(content)
    (tmp_path / "b.mcap").write_bytes(b"")
    runs, problems = recorded_runs(tmp_path)
    assert len(runs) == 1
    assert len(problems) == 1 and "b.mcap" in problems[0]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    spots=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    keep=st.floats(0, 1),
    tail=st.binary(max_size=64),
)
def test_damaged_bytes_are_read_or_refused(
    content: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    spots: list[tuple[float, int]],
    keep: float,
    tail: bytes,
) -> None:
    damaged = bytearray(content)
    for place, value in spots:
        damaged[int(place * (len(damaged) - 1))] = value
    path = tmp_path_factory.getbasetemp() / "fuzzed.mcap"
    path.write_bytes(bytes(damaged[: int(keep * len(damaged))]) + tail)
    try:
        (run,), _ = recorded_runs(path)
        replay_run(run)
    except TraceError as refused:
        assert str(path) in str(refused)


def _record(opcode: int, body: bytes, length: int | None = None) -> bytes:
    return struct.pack("<BQ", opcode, len(body) if length is None else length) + body


def _chunk(
    data: bytes, *, unpacked: int, compression: bytes = b"zstd", told: int | None = None
) -> bytes:
    body = struct.pack("<QQQI", 0, 0, unpacked, 0)
    body += struct.pack("<I", len(compression)) + compression
    body += struct.pack("<Q", len(data) if told is None else told) + data
    return _record(Opcode.CHUNK, body)


_BOMB = zstandard.compress(bytes(1 << 30))
_MADE_UP = {
    "a record of exabytes": _record(Opcode.CHUNK, b"", 1 << 62),
    "a record that says it is as long as can be": _record(Opcode.METADATA, b"", (1 << 64) - 1),
    "a chunk that says it holds exabytes": _chunk(b"x", unpacked=1 << 61),
    "data that says it is exabytes": _chunk(b"x", unpacked=100, told=1 << 61),
    "a gigabyte packed into little": _chunk(_BOMB, unpacked=1 << 30),
    "a gigabyte that says it is little": _chunk(_BOMB, unpacked=1000),
    "another compression": _chunk(b"x" * 100, unpacked=100, compression=b"lz4"),
    "metadata of exabytes": _record(Opcode.METADATA, struct.pack("<I", 1 << 31) + b"x" * 40),
    "a message longer than its chunk": _chunk(
        _record(Opcode.MESSAGE, b"", 1 << 40), unpacked=9, compression=b""
    ),
    "a message of less than its head": _chunk(
        _record(Opcode.MESSAGE, bytes(22), 3), unpacked=31, compression=b""
    ),
}


@pytest.mark.parametrize("made", _MADE_UP.values(), ids=_MADE_UP)
def test_made_up_lengths_take_no_memory(
    made: bytes, content: bytes, chunk_ends: list[int], tmp_path: Path
) -> None:
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    moments, torn = read(tmp_path / "made.mcap", content[: chunk_ends[2]] + made)
    assert len(moments) == 30 * 2
    assert torn
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


def test_a_state_that_is_nonsense_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Well-formed, with checksums; estimators fail over it, the program does not."""
    recorded = record(tmp_path, nap(10.0), file_s=6.0)
    (run,), _ = recorded_runs(recorded.files[1])

    def nonsense(text: str) -> Json:
        return from_text(re.sub(r'"_last_s":[0-9.]+', '"_last_s":"yesterday"', text))

    monkeypatch.setattr("edge_app.trace.replay.from_text", nonsense)
    with pytest.raises(TraceError, match=r"moment \d+ cannot be judged by this version"):
        replay_run(run)
