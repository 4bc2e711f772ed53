"""`vigil stills`: keys that are never given away by accident, and stills that open or say why not."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.commands.main import main
from edge_app.stills.contents import packed
from edge_app.stills.sealing import read_recipient
from tests.stills.noise_pictures import NAME, noise_pictures


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["stills", *map(str, words)])
        told = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, told.out, told.err

    return run


def test_keys_are_closed_with_a_passphrase_and_to_others(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    umask = os.umask(0)
    try:
        assert run("keys", tmp_path / "k", "--passphrase-file", secret)[0] == 0
    finally:
        os.umask(umask)
    key = tmp_path / "k" / "stills.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in key.read_bytes()
    still = tmp_path / f"{NAME}.still"
    plain = packed({"vehicle": "car-1"}, noise_pictures(1))
    still.write_bytes(read_recipient(tmp_path / "k" / "stills.pub").sealed(NAME, 1.0, plain))
    secret.write_text("wrong\n")
    words = ("open", still, "--key", key, "--out", tmp_path / "out")
    code, _, told = run(*words, "--passphrase-file", secret)
    assert code == 2 and told.count("\n") == 1 and "passphrase" in told
    assert not (tmp_path / "out").exists()
    secret.write_text("correct horse\n")
    assert run(*words, "--passphrase-file", secret)[0] == 0
    assert (tmp_path / "out" / NAME / "1.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert stat.S_IMODE((tmp_path / "out" / NAME / "1.jpg").stat().st_mode) == 0o600


def test_keys_are_never_written_over(
    run: Callable[..., tuple[int, str, str]], office: Path
) -> None:
    before = (office / "stills.key").read_bytes()
    code, _, told = run("keys", office, "--no-passphrase")
    assert code == 2 and "exists" in told
    assert (office / "stills.key").read_bytes() == before


def test_a_key_that_others_may_read_is_refused(
    run: Callable[..., tuple[int, str, str]], office: Path, tmp_path: Path
) -> None:
    (office / "stills.key").chmod(0o644)
    code, _, told = run("open", "x.still", "--key", office / "stills.key", "--out", tmp_path)
    assert code == 2 and "chmod 600" in told


def test_a_folder_with_a_tampered_still_opens_the_others_and_says_so(
    run: Callable[..., tuple[int, str, str]],
    office: Path,
    sealed: bytes,
    tmp_path: Path,
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / f"{NAME}.still").write_bytes(sealed)
    (card / f"{'aa' * 16}.still").write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    code, out, told = run("open", card, "--key", office / "stills.key", "--out", tmp_path / "o")
    assert code == 2
    assert out.startswith(str(tmp_path / "o" / NAME)) and "microsleep" in out
    assert "changed after it was sealed" in told and "1 of 2" in told


def test_public_key_and_folder_are_called_what_they_are(
    run: Callable[..., tuple[int, str, str]], office: Path, sealed: bytes, tmp_path: Path
) -> None:
    still = tmp_path / f"{NAME}.still"
    still.write_bytes(sealed)
    words = ("open", still, "--out", tmp_path / "out", "--key")
    code, _, told = run(*words, office / "stills.pub")
    assert code == 2 and "is a public key, which opens nothing" in told
    code, _, told = run(*words, office)
    assert code == 2 and "is a folder" in told and "chmod" not in told
