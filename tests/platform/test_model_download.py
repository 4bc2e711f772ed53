"""Fetching a model over real HTTP: broken transfers continue, wrong content never takes the file's name."""

from __future__ import annotations

import fcntl
import hashlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_app.inference.model_download import ModelDownload
from edge_app.inference.model_files import ModelFile
from edge_app.inference.session import ModelFileError
from tests.platform.file_server import FileServer, serving

CONTENT = random.Random(7).randbytes(300_000)
MODEL = ModelFile(
    short_name="sample",
    file_name="sample.task",
    size_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    url="https://example.invalid/sample.task",
    licence="none",
    what="a sample",
)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(CONTENT) as running:
        yield running


def download(server: FileServer, folder: Path, attempts: int = 4) -> ModelDownload:
    return ModelDownload(MODEL, folder, url=server.url, timeout_s=5, attempts=attempts)


def part_of(folder: Path) -> Path:
    return folder / "sample.task.part"


def test_whole_file_arrives_under_its_name(server, tmp_path):
    seen: list[int] = []
    path = download(server, tmp_path / "new").fetch(seen.append)
    assert path.read_bytes() == CONTENT
    assert seen[0] == 0
    assert seen[-1] == len(CONTENT)
    assert not part_of(tmp_path / "new").exists()


def test_broken_transfer_continues_where_it_stopped(server, tmp_path):
    server.cut_after = [100_000, 50_000]
    assert download(server, tmp_path).fetch().read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_next_command_continues_what_the_last_one_left(server, tmp_path):
    server.cut_after = [120_000]
    with pytest.raises(ModelFileError, match=r"broke after 120000 of 300000 bytes; run the same"):
        download(server, tmp_path, attempts=1).fetch()
    assert not (tmp_path / "sample.task").exists()
    assert part_of(tmp_path).stat().st_size == 120_000
    assert download(server, tmp_path).fetch().read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=120000-"]


def test_server_without_range_sends_everything_again(server, tmp_path):
    part_of(tmp_path).write_bytes(b"x" * 1000)
    server.knows_ranges = False
    assert download(server, tmp_path).fetch().read_bytes() == CONTENT


def test_server_without_length_is_understood(server, tmp_path):
    server.says_length = False
    assert download(server, tmp_path).fetch().read_bytes() == CONTENT


def test_damaged_part_is_thrown_away_and_the_next_fetch_works(server, tmp_path):
    part_of(tmp_path).write_bytes(b"x" * 1000)
    with pytest.raises(ModelFileError, match=f"expected {MODEL.sha256}.*nothing was kept"):
        download(server, tmp_path).fetch()
    assert not (tmp_path / "sample.task").exists()
    assert download(server, tmp_path).fetch().read_bytes() == CONTENT


@pytest.mark.parametrize("says_length", [True, False])
def test_other_content_never_takes_the_files_name(server, tmp_path, says_length):
    server.says_length = says_length
    for content in (CONTENT[:-1] + b"?", CONTENT + b"more"):
        server.content = content
        with pytest.raises(ModelFileError, match=r"is not sample\.task .* nothing was kept"):
            download(server, tmp_path).fetch()
        assert not (tmp_path / "sample.task").exists()


def test_sign_in_page_of_a_network_is_told_from_a_broken_transfer(server, tmp_path):
    server.content = b"<html>please sign in</html>"
    with pytest.raises(ModelFileError, match=r"27 bytes, expected 300000.*sign-in page"):
        download(server, tmp_path).fetch()


def test_part_longer_than_the_servers_file_starts_afresh(server, tmp_path):
    part_of(tmp_path).write_bytes(CONTENT[:200_000])
    server.content = CONTENT[:1000]
    with pytest.raises(ModelFileError, match="1000 bytes, expected 300000"):
        download(server, tmp_path).fetch()


@pytest.mark.parametrize("status", [404, 403, 503])
def test_refusing_server_is_one_sentence_with_the_status(server, tmp_path, status):
    server.status = status
    with pytest.raises(ModelFileError, match=rf"answers {status} .*--url") as caught:
        download(server, tmp_path).fetch()
    assert "\n" not in str(caught.value)


def test_offline_is_one_sentence_saying_what_to_do(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/sample.task"
    with pytest.raises(ModelFileError, match=r"cannot be reached \(.*\); .*by hand") as caught:
        ModelDownload(MODEL, tmp_path, url=url).fetch()
    assert "\n" not in str(caught.value)


def test_complete_part_needs_no_network(tmp_path):
    part_of(tmp_path).write_bytes(CONTENT)
    assert ModelDownload(MODEL, tmp_path).fetch().read_bytes() == CONTENT


def test_mirror_may_be_a_file(tmp_path):
    stick = tmp_path / "stick.task"
    stick.write_bytes(CONTENT)
    path = ModelDownload(MODEL, tmp_path / "cache", url=stick.as_uri()).fetch()
    assert path.read_bytes() == CONTENT


def test_address_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="must begin with"):
        ModelDownload(MODEL, tmp_path, url="ftp://example.invalid/x")


def test_second_fetch_at_the_same_time_is_told_to_wait(server, tmp_path):
    with part_of(tmp_path).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ModelFileError, match="another"):
            download(server, tmp_path).fetch()


def test_folder_that_cannot_be_made_is_one_sentence(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelFileError, match="cannot be written"):
        download(server, tmp_path / "file").fetch()
