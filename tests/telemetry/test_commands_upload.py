"""Traces go to the place the vehicle's settings name, once each, to a real HTTP server."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_app.commanding.upload_order import UploadPlace
from edge_app.telemetry.command_settings import CommandSettings
from tests.brokers import wait_until
from tests.telemetry.command_desk import Unit


class Shelf(http.server.ThreadingHTTPServer):
    """Keeps what is put there; answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Put)
        self.put: dict[str, bytes] = {}
        self.order: list[str] = []
        self.statuses: dict[str, int] = {}  # by the end of the path; 201 else
        self.wait_s = 0.0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/traces/"


class _Put(http.server.BaseHTTPRequestHandler):
    server: Shelf

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.server.wait_s)
        status = self.server.statuses.get(self.path.rsplit("/", 1)[-1], 201)
        if status == 201:
            self.server.put[self.path] = content
            self.server.order.append(self.path)
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        return


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.shutdown()
    shelf.server_close()


@pytest.fixture
def traces(tmp_path: Path) -> list[Path]:
    (tmp_path / "traces").mkdir()
    files = [
        tmp_path / "traces" / f"vigil-00000{number}-20261201T000000Z.mcap" for number in range(1, 5)
    ]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]) * 200_000)
    return files


def unit_of(folder: Path, shelf: Shelf, traces: list[Path], most_bytes: int = 10**9) -> Unit:
    return Unit(folder, place=UploadPlace(shelf.url, "car-7", None, most_bytes), traces=traces)


def last_word(unit: Unit) -> dict[str, Any]:
    def words() -> list[dict[str, Any]]:
        told = [json.loads(one.payload) for one in tuple(unit.sent)]
        return [one for one in told if one["status"] in ("done", "failed")]

    wait_until(lambda: bool(words()), "the last word")
    return words()[-1]


def test_files_arrive_oldest_first_with_progress(
    tmp_path: Path, shelf: Shelf, traces: list[Path]
) -> None:
    unit = unit_of(tmp_path, shelf, traces)
    answer = unit.ask("upload_trace")
    assert (answer["status"], answer["values"]["files"]) == ("accepted", 4)
    word = last_word(unit)
    assert (word["status"], word["values"]["files_sent"], word["values"]["bytes_sent"]) == (
        "done",
        4,
        800_000,
    )
    assert shelf.order == [f"/traces/car-7/{file.name}" for file in traces]
    assert list(shelf.put.values()) == [file.read_bytes() for file in traces]
    told = [json.loads(one.payload) for one in unit.sent]
    assert [one["values"]["files_sent"] for one in told] == [0, 1, 2, 3, 4]
    assert {one["id"] for one in told} == {answer["id"]}


def test_upload_goes_on_where_it_was_interrupted(
    tmp_path: Path, shelf: Shelf, traces: list[Path]
) -> None:
    unit = unit_of(tmp_path, shelf, traces)
    shelf.statuses[traces[2].name] = 507
    unit.ask("upload_trace")
    word = last_word(unit)
    assert (word["status"], word["reason"], word["values"]["files_sent"]) == (
        "failed",
        "upload_failed",
        2,
    )
    shelf.statuses.clear()
    unit.remembered.close()
    unit = unit_of(tmp_path, shelf, traces)
    assert unit.ask("upload_trace")["values"]["files"] == 2
    assert last_word(unit)["status"] == "done"
    assert shelf.order == [f"/traces/car-7/{file.name}" for file in traces]
    assert unit.ask("upload_trace")["values"] == {"files": 0, "left_out": 0}


def test_newest_and_most_bound_what_is_sent(
    tmp_path: Path, shelf: Shelf, traces: list[Path]
) -> None:
    unit = unit_of(tmp_path, shelf, traces, most_bytes=450_000)
    unit.ask("upload_trace", {"newest": 3})
    word = last_word(unit)
    assert (word["values"]["files_sent"], word["values"]["left_out"]) == (2, 1)
    assert shelf.order == [f"/traces/car-7/{file.name}" for file in traces[1:3]]


def test_file_that_is_too_large_holds_up_no_other_and_is_told(
    tmp_path: Path, shelf: Shelf, traces: list[Path]
) -> None:
    traces[0].write_bytes(bytes(500_000))
    unit = unit_of(tmp_path, shelf, traces, most_bytes=450_000)
    for _ in range(2):
        unit.ask("upload_trace")
        last_word(unit)
        unit.sent.clear()
    assert shelf.order == [f"/traces/car-7/{file.name}" for file in traces[1:]]
    answer = unit.ask("upload_trace")
    assert answer["values"] == {"files": 0, "left_out": 1}
    assert "1 more are larger than telemetry.commands.upload_mb" in answer["detail"]


def test_redirect_is_not_followed(tmp_path: Path, shelf: Shelf, traces: list[Path]) -> None:
    unit = unit_of(tmp_path, shelf, traces)
    shelf.statuses[traces[0].name] = 307
    unit.ask("upload_trace")
    word = last_word(unit)
    assert word["status"] == "failed"
    assert "307" in word["detail"]


def test_file_that_made_room_meanwhile_is_passed_over(
    tmp_path: Path, shelf: Shelf, traces: list[Path]
) -> None:
    unit = unit_of(tmp_path, shelf, traces)
    shelf.wait_s = 0.2
    unit.ask("upload_trace")
    traces[3].unlink()
    word = last_word(unit)
    assert (word["status"], word["values"]["files_sent"]) == ("done", 3)


def test_one_upload_at_a_time_and_the_end_does_not_wait_for_it(
    tmp_path: Path, shelf: Shelf, traces: list[Path]
) -> None:
    unit = unit_of(tmp_path, shelf, traces)
    shelf.wait_s = 0.5
    unit.ask("upload_trace")
    assert unit.ask("upload_trace")["reason"] == "busy"
    unit.upload.close()
    word = last_word(unit)
    assert (word["status"], word["reason"]) == ("failed", "interrupted")


def test_nobody_at_the_place_is_told(tmp_path: Path, shelf: Shelf, traces: list[Path]) -> None:
    unit = Unit(
        tmp_path, place=UploadPlace("http://127.0.0.1:9/", "car-7", None, 10**9), traces=traces
    )
    unit.ask("upload_trace")
    assert last_word(unit)["reason"] == "upload_failed"


def test_without_place_or_trace_it_is_refused(tmp_path: Path, traces: list[Path]) -> None:
    assert Unit(tmp_path, traces=traces).ask("upload_trace")["reason"] == "not_available"
    place = UploadPlace("https://fleet.example/traces", "car-7", None, 10**9)
    assert Unit(tmp_path, place=place).ask("upload_trace")["reason"] == "not_available"


@pytest.mark.parametrize(
    "url",
    ["http://fleet.example/traces", "ftp://localhost/", "https://", "https://user:word@fleet.example/", "https://a/?b",
     "https://a/#b", "https://a b/", "https://a/\n", "https://[", "https://a:99999/", "file:///etc/passwd"],
)  # fmt: skip
def test_place_is_safe_or_no_setting(url: str) -> None:
    with pytest.raises(ValueError, match="upload_url"):
        CommandSettings(upload_url=url)
    assert CommandSettings(upload_url="https://fleet.example:8443/traces").upload_url
