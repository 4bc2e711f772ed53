"""A bundle packed as a tar file: taken in whole, and refused before it can do harm."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from edge_app.bundle import package as packing
from edge_app.bundle.install import install
from edge_app.bundle.open import BundleError, open_bundle
from tests.bundle.bundles import in_use, packed

pytestmark = pytest.mark.usefixtures("nothing_is_left_over")


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_packed_bundle_is_installed(version_1: Path, mode: str) -> None:
    install(packed(version_1, mode))
    open_bundle("tiny").verify_all()


def test_bundle_packed_without_a_folder_is_installed(version_1: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "flat.tar", "w") as tar:
        tar.add(version_1, arcname=".")
    install(tmp_path / "flat.tar")
    assert in_use() == "tiny 1.0.0"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tar_cut_short_is_one_sentence(version_1: Path, share: float, mode: str) -> None:
    path = packed(version_1, mode)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    if mode == "w" and share == 0.99:
        path.write_bytes(content[:-20_000])  # beyond the padding at a tar file's end
    with pytest.raises(BundleError) as caught:
        install(path)
    assert "\n" not in str(caught.value)


def test_strangers_in_a_tar_are_not_taken_out(version_1: Path) -> None:
    (version_1 / "stranger.sh").write_text("evil")
    assert not (install(packed(version_1)).folder / "stranger.sh").exists()


def _member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        (_member("../outside.txt"), "leads out of the bundle"),
        (_member("tiny/../../outside.txt"), "leads out of the bundle"),
        (_member("/tmp/outside.txt"), "leads out of the bundle"),
        (_member("tiny/notes.md", tarfile.SYMTYPE), "is a link or a device"),
        (_member("tiny/notes.md", tarfile.LNKTYPE), "is a link or a device"),
        (_member("tiny/null", tarfile.CHRTYPE), "is a link or a device"),
        (_member("tiny/pipe", tarfile.FIFOTYPE), "is a link or a device"),
    ],
    ids=lambda value: value.name if isinstance(value, tarfile.TarInfo) else "",
)
def test_tar_with_anything_but_files_of_its_own_is_refused(
    version_1: Path, version_2: Path, cache: Path, member: tarfile.TarInfo, complaint: str
) -> None:
    install(version_1)
    with tarfile.open(version_2.with_suffix(".tar"), "w") as tar:
        tar.add(version_2, arcname="tiny")
        tar.addfile(member)
    with pytest.raises(BundleError, match=complaint) as caught:
        install(version_2.with_suffix(".tar"))
    assert member.name in str(caught.value) and "\n" not in str(caught.value)
    assert in_use() == "tiny 1.0.0"


class Zeros(io.RawIOBase):
    """As many zeros as are asked for, without keeping them."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("what", ["bytes in one file", "bytes of many files", "files"])
def test_tar_of_more_than_a_bundle_can_hold_is_refused(
    version_1: Path, monkeypatch: pytest.MonkeyPatch, what: str, mode: str
) -> None:
    monkeypatch.setattr(packing, "MOST_UNPACKED_BYTES", 3_000_000)
    path = version_1.with_suffix(".tar")
    count, size = {
        "bytes in one file": (1, 4_000_000),
        "bytes of many files": (5, 800_000),
        "files": (packing.MOST_MEMBERS, 0),
    }[what]
    with tarfile.open(path, mode) as tar:
        tar.add(version_1, arcname="tiny")
        for number in range(count):
            member = _member(f"tiny/{number}.bin")
            member.size = size
            tar.addfile(member, Zeros())
    with pytest.raises(BundleError, match=r"more than a bundle can, which is 200 files and 3 MB"):
        install(path)


def test_tar_whose_header_is_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A header that says how long a name is; tarfile reads the name into memory."""
    header = _member("name", tarfile.XHDTYPE)
    header.size = 8 << 30
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        file.write(bytes(1 << 20))
    with pytest.raises(BundleError, match="more than a bundle can"):
        install(path)


def test_tar_of_nested_headers_is_one_sentence(tmp_path: Path) -> None:
    header = _member("name", tarfile.XHDTYPE).tobuf(tarfile.GNU_FORMAT)
    path = tmp_path / "nested.tar"
    path.write_bytes(header * 5000)
    with pytest.raises(BundleError, match="neither a whole") as caught:
        install(path)
    assert "\n" not in str(caught.value)
