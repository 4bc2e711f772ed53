"""Keys and passphrases: closed files whatever the umask, never written over, in no process list and no log."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.errors import UserError
from firmware_configs.provisioning.secret_files import (
    write_new_secret,
    write_public,
    write_secret,
)
from tests.brokers import wait_until
from tests.provisioning.fleet_folder import run_provision

PASSPHRASE = "correct-horse-battery-9417"
COMMAND = "from firmware_configs.commands.provision import app; app(prog_name='provision')"
PROJECT = Path(__file__).resolve().parents[2]


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture(params=[0o000, 0o777], ids=["umask-000", "umask-777"])
def hostile_umask(request: pytest.FixtureRequest) -> Any:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("hostile_umask")
def test_every_key_is_0600_under_a_hostile_umask(tmp_path: Path) -> None:
    fleet, unit, tar = tmp_path / "fleet", tmp_path / "etc" / "unit", tmp_path / "van-08.tar"
    run_provision("fleet", fleet, "--name", "Acme", "--host", "127.0.0.1")
    run_provision("vehicle", "van-07", "--fleet", fleet)
    run_provision("vehicle", "van-08", "--fleet", fleet, "--tar", tar)
    run_provision("accept", tar, "--folder", unit)
    run_provision("request", "van-08", "--folder", unit, "--new-key")
    keys = [*tmp_path.rglob("*.key"), tar]
    assert len(keys) == 7  # authority, broker, reader, van-07, van-08 in use and next; the tar
    assert {key.name: mode(key) for key in keys if mode(key) != 0o600} == {}
    assert (mode(fleet), mode(fleet / "authority"), mode(unit)) == (0o700, 0o700, 0o700)
    public = [*tmp_path.rglob("*.pem"), *tmp_path.rglob("acl"), *tmp_path.rglob("*.conf")]
    assert {mode(file) for file in public} == {0o644}
    assert not list(tmp_path.rglob(".*"))  # no draft is left behind


def test_a_secret_is_never_open_to_others_not_even_while_it_is_written(tmp_path: Path) -> None:
    seen: set[int] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for entry in os.scandir(tmp_path):
                try:
                    seen.add(stat.S_IMODE(entry.stat().st_mode))
                except FileNotFoundError:
                    continue

    watcher = threading.Thread(target=watch)
    before = os.umask(0)
    watcher.start()
    try:
        for number in range(200):
            write_new_secret(tmp_path / f"{number}.key", b"x" * 4096)
            write_secret(tmp_path / f"{number}.key", b"y" * 4096)
    finally:
        os.umask(before)
        over.set()
        watcher.join()
    assert seen == {0o600}


def test_what_was_put_in_place_is_on_the_disk_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was not synchronised may be gone after a power cut: then key and certificate are of two times."""
    steps: list[str] = []
    real_link, real_replace, real_fsync = os.link, os.replace, os.fsync

    def fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def named(real: Any) -> Any:
        def call(*paths: Any, **more: Any) -> None:
            steps.append("name")
            real(*paths, **more)

        return call

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", named(real_link))
    monkeypatch.setattr(Path, "replace", named(real_replace))
    write_new_secret(tmp_path / "a.key", b"x")
    write_public(tmp_path / "a.pem", b"y")
    assert steps == ["file", "name", "folder"] * 2


def test_the_tar_gives_the_key_to_its_owner_alone(fleet: Path, tmp_path: Path) -> None:
    tar = tmp_path / "van-09.tar"
    run_provision("vehicle", "van-09", "--fleet", fleet, "--tar", tar)
    with tarfile.open(tar) as archive:
        modes = {entry.name: (entry.mode, entry.uid) for entry in archive}
    assert modes["vehicle.key"] == (0o600, 0)
    assert set(modes) == {"ca.pem", "vehicle.pem", "vehicle.key", "vigil.yaml"}
    assert not (fleet / "vehicles" / "van-09").exists()  # no second copy of the key


def test_a_key_that_is_there_is_never_written_over(fleet: Path, tmp_path: Path) -> None:
    keys = {file: file.read_bytes() for file in fleet.rglob("*.key")}
    with pytest.raises(UserError, match="exists and is not empty"):
        run_provision("fleet", fleet, "--name", "Acme", "--host", "127.0.0.1")
    with pytest.raises(UserError, match="has a certificate until"):
        run_provision("vehicle", "van-07", "--fleet", fleet)
    with pytest.raises(UserError, match="is not written over"):
        write_new_secret(fleet / "authority" / "ca.key", b"")
    with pytest.raises(UserError, match="another key than the one in"):
        run_provision(
            "accept", fleet / "vehicles" / "van-08", "--folder", fleet / "vehicles/van-07"
        )
    run_provision("broker", "--fleet", fleet)
    run_provision("renew", "van-07", "--fleet", fleet, "--within", "9999")
    assert {file: file.read_bytes() for file in fleet.rglob("*.key")} == keys


def test_a_key_others_may_read_is_not_used(fleet: Path) -> None:
    (fleet / "authority" / "ca.key").chmod(0o644)
    with pytest.raises(UserError, match=r"may be read by others .*chmod 600"):
        run_provision("renew", "van-07", "--fleet", fleet, "--within", "9999")


def secrets_of(fleet: Path) -> list[str]:
    """Every line of every key, and the passphrase."""
    lines = [
        line
        for file in fleet.rglob("*.key")
        for line in file.read_text().splitlines()
        if not line.startswith("-----")
    ]
    return [*lines, PASSPHRASE]


def test_an_encrypted_authority_signs_with_its_passphrase_and_no_process_shows_it(
    tmp_path: Path,
) -> None:
    fleet, file, wrong = tmp_path / "fleet", tmp_path / "passphrase", tmp_path / "wrong"
    for each, text in ((file, PASSPHRASE), (wrong, "guessed")):
        each.write_text(text + "\n")
        each.chmod(0o600)
    shown: set[str] = set()

    def vigil(*words: str | Path) -> subprocess.CompletedProcess[str]:
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=PROJECT,
        ) as process:
            own = psutil.Process(process.pid)
            while process.poll() is None:
                for each in [own, *own.children(recursive=True)]:
                    try:
                        shown.add(" ".join([*each.cmdline(), *each.environ().values()]))
                    except psutil.Error:
                        continue
            assert process.stdout is not None
            return subprocess.CompletedProcess(words, process.returncode, process.stdout.read())

    made = vigil(
        *("fleet", fleet, "--name", "Acme", "--host", "127.0.0.1"), *("--passphrase-file", file)
    )
    signed = vigil("vehicle", "van-07", "--fleet", fleet, "--passphrase-file", file)
    refused = vigil("vehicle", "van-08", "--fleet", fleet, "--passphrase-file", wrong)
    mute = vigil("vehicle", "van-08", "--fleet", fleet)
    assert (made.returncode, signed.returncode) == (0, 0)
    assert "does not open with this passphrase" in refused.stdout
    assert "use --passphrase-file" in mute.stdout
    assert b"ENCRYPTED" in (fleet / "authority" / "ca.key").read_bytes()
    told = made.stdout + signed.stdout + refused.stdout + mute.stdout + "".join(shown)
    assert "van-08" in told  # the watch has seen command lines
    assert [secret for secret in secrets_of(fleet) if secret in told] == []


@pytest.mark.mosquitto
def test_no_secret_is_in_a_log_or_in_any_process_list_while_vehicles_drive(
    fleet: Path, serve: Any, drive: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broker = serve(fleet)
    telemetry = drive(fleet / "vehicles" / "van-07")
    wrong = drive(fleet / "vehicles" / "van-08", vehicle="van-07")
    telemetry.post_event(Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM))
    wrong.post_event(Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM))
    wait_until(lambda: telemetry.snapshot().queue_depth == 0, "the event")
    wait_until(lambda: wrong.snapshot().last_error is not None, "the refusal")
    lines = [" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"])]
    assert any("mosquitto" in line for line in lines)
    told = "\n".join([*lines, caplog.text, broker.log.read_text(), repr(telemetry.__dict__)])
    assert "van-07" in told
    assert [secret for secret in secrets_of(fleet) if secret in told] == []
