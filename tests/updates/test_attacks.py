"""What somebody between the fleet and the vehicle may try, each against a real server: refused, and nothing changes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.telemetry.clock import Instant
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.fetcher import ResumingFetcher
from edge_app.updates.source import INCOMING, SignedSource
from edge_app.updates.trusted_time import TrustedTime
from model_compression.publishing.keys import KeyRing
from tests.updates.fleet import PASSPHRASE, Fleet, Vehicle, synchronised, today
from tests.updates.repository_server import RepositoryServer


@pytest.fixture
def in_use(vehicle: Vehicle) -> Vehicle:
    """It has `tiny 1.0.0`, and knows the fleet's first metadata."""
    vehicle.update()
    assert vehicle.start() == "tiny 1.0.0"
    vehicle.prove()
    return vehicle


def refused(vehicle: Vehicle, why: Why) -> None:
    before = vehicle.slots.record
    with pytest.raises(UpdateError) as caught:
        vehicle.update()
    assert caught.value.why is why, str(caught.value)
    assert "\n" not in str(caught.value)
    assert vehicle.slots.record == before


def test_rollback_to_older_metadata_is_refused(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer
) -> None:
    old = (fleet.metadata / "timestamp.json").read_bytes()
    fleet.publish("2.0.0")
    in_use.update()
    server.shown["timestamp.json"] = old
    refused(in_use, Why.NOT_TRUSTED)


def test_rollback_is_refused_after_the_program_has_started_again(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer
) -> None:
    old = fleet.folder / "old"
    shutil.copytree(fleet.folder / "repository", old)
    fleet.publish("2.0.0")
    in_use.update()
    server.folder = old  # the whole repository as it was
    refused(Vehicle(in_use.folder, in_use.url, in_use.root_file), Why.NOT_TRUSTED)


def test_older_bundle_list_under_new_numbers_is_refused(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer
) -> None:
    old = (fleet.metadata / "2.targets.json").read_bytes()
    fleet.publish("2.0.0")
    server.shown["3.targets.json"] = old
    refused(in_use, Why.NOT_TRUSTED)


def test_freeze_by_expired_metadata_is_refused(fleet: Fleet, in_use: Vehicle) -> None:
    fleet.publish("2.0.0", now=today(-8))  # a timestamp holds for 7 days
    refused(in_use, Why.EXPIRED)
    fleet.repository.refresh(fleet.keys, now=today())
    assert "tiny 2.0.0" in in_use.update()


def test_freeze_by_a_clock_set_back_is_refused(fleet: Fleet, in_use: Vehicle) -> None:
    fleet.publish("2.0.0")

    def last_week() -> Instant:
        return synchronised(days=-8)

    with pytest.raises(UpdateError, match="check the vehicle's source of time") as caught:
        in_use.updater(now=last_week).update()
    assert caught.value.why is Why.CLOCK_SET_BACK
    assert "tiny 2.0.0" in in_use.update()


def test_no_update_before_the_clock_is_synchronised(
    in_use: Vehicle, fleet: Fleet, server: RepositoryServer
) -> None:
    fleet.publish("2.0.0")
    asked = len(server.requests)

    def unset() -> Instant:
        return Instant(5.0, synchronised().wall_s, synchronised=False)

    with pytest.raises(UpdateError) as caught:
        in_use.updater(now=unset).update()
    assert caught.value.why is Why.CLOCK_NOT_SYNCHRONISED
    assert len(server.requests) == asked


def test_clock_far_ahead_is_not_kept_since_nothing_signed_holds_then(
    in_use: Vehicle, fleet: Fleet
) -> None:
    """Else one wrong answer from a time server would lock the vehicle out."""
    kept = TrustedTime(in_use.folder).kept_s()
    fleet.publish("2.0.0", now=today(-8))
    with pytest.raises(UpdateError) as caught:
        in_use.updater(now=lambda: synchronised(days=400)).update()
    assert caught.value.why is Why.EXPIRED
    assert TrustedTime(in_use.folder).kept_s() == kept


def test_trusted_time_that_cannot_be_read_is_kept_anew(in_use: Vehicle) -> None:
    (in_use.folder / "trusted-time.json").write_text("{")
    in_use.update()
    assert TrustedTime(in_use.folder).kept_s() == pytest.approx(synchronised().wall_s, abs=60)


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_mix_and_match_of_two_states_is_refused(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer, role: str
) -> None:
    """Each file is signed by the fleet; they were never the repository's state together."""
    fleet.publish("2.0.0")
    newest = sorted(fleet.metadata.glob(f"*.{role}.json"))[-1]
    fleet.publish("3.0.0")
    number = int(newest.name.split(".")[0]) + 1
    server.shown[f"{number}.{role}.json"] = newest.read_bytes()
    refused(in_use, Why.NOT_TRUSTED)


@pytest.mark.parametrize("name", ["timestamp.json", "3.snapshot.json", "3.targets.json"])
def test_tampered_metadata_is_refused(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer, name: str
) -> None:
    fleet.publish("2.0.0")
    values = json.loads((fleet.metadata / name).read_bytes())
    values["signed"]["expires"] = "2099-01-01T00:00:00Z"
    server.shown[name] = json.dumps(values).encode()
    refused(in_use, Why.NOT_TRUSTED)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"<html>sign in</html>", b"\xff" * 100])
def test_rubbish_in_place_of_metadata_is_refused(
    in_use: Vehicle, server: RepositoryServer, content: bytes
) -> None:
    server.shown["timestamp.json"] = content
    refused(in_use, Why.NOT_TRUSTED)


def test_tampered_bundle_is_refused(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer
) -> None:
    fleet.publish("2.0.0")
    file = next((server.folder / "targets" / "bundles").glob("*tiny-2.0.0.tar"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    server.shown["tiny-2.0.0.tar"] = bytes(content)
    refused(in_use, Why.NOT_TRUSTED)
    assert list((in_use.folder / INCOMING).iterdir()) == []


def test_fleet_of_another_root_is_refused(
    tmp_path: Path, vehicle: Vehicle, server: RepositoryServer
) -> None:
    """Somebody with keys of his own, in place of the fleet's whole server."""
    other = Fleet(tmp_path / "other").begin()
    other.publish("6.6.6")
    server.folder = other.folder / "repository"
    refused(vehicle, Why.NOT_TRUSTED)


def test_root_is_never_taken_from_the_server(vehicle: Vehicle, server: RepositoryServer) -> None:
    vehicle.root_file.unlink()
    refused(vehicle, Why.NO_ROOT)
    assert server.requests == []


def other_role(fleet: Fleet) -> bytes:
    return (fleet.metadata / "timestamp.json").read_bytes()


def changed_root(fleet: Fleet) -> bytes:
    content = json.loads((fleet.metadata / "1.root.json").read_bytes())
    content["signed"]["expires"] = "2099-01-01T00:00:00Z"
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "damaged", [lambda fleet: b"{}", lambda fleet: b"plain\xff text", other_role, changed_root]
)
def test_damaged_root_of_trust_is_told_by_its_own_name_before_the_server_is_asked(
    fleet: Fleet, vehicle: Vehicle, server: RepositoryServer, damaged: Callable[[Fleet], bytes]
) -> None:
    vehicle.root_file.write_bytes(damaged(fleet))
    with pytest.raises(UpdateError, match=re.escape(str(vehicle.root_file))) as caught:
        vehicle.update()
    assert caught.value.why is Why.NO_ROOT and "server" not in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("key", ["timestamp", "targets", "root-1"])
def test_replaced_key_is_taken_on_the_word_of_enough_root_keys(
    fleet: Fleet, in_use: Vehicle, key: str
) -> None:
    fleet.repository.renew_root(fleet.root_keys, fleet.keys, now=today(), replace=key)
    assert "in use already" in in_use.update()
    fleet.publish("2.0.0")
    assert "tiny 2.0.0" in in_use.update()
    root = json.loads((in_use.folder / "metadata" / "root.json").read_bytes())
    assert root["signed"]["version"] == 2


def test_stolen_timestamp_key_signs_nothing_once_it_is_replaced(
    fleet: Fleet, in_use: Vehicle
) -> None:
    fleet.repository.renew_root(fleet.root_keys, fleet.keys, now=today(), replace="timestamp")
    fleet.publish("2.0.0")
    stolen = KeyRing([fleet.folder / "stolen"], PASSPHRASE)
    stolen.folders[0].mkdir()
    retired = next((fleet.folder / "keys").glob("timestamp.retired-*"))
    shutil.copy(retired, stolen.folders[0] / "timestamp.pem")
    from tuf.api.metadata import Metadata

    path = fleet.metadata / "timestamp.json"
    forged = Metadata.from_file(str(path))
    forged.signed.version += 1
    forged.sign(stolen.get("timestamp"))
    forged.to_file(str(path))
    refused(in_use, Why.NOT_TRUSTED)


def test_root_signed_by_too_few_old_keys_is_refused(fleet: Fleet, in_use: Vehicle) -> None:
    """One root key was stolen: it makes a root that names the thief's keys alone."""
    from tuf.api.metadata import Metadata, Root

    thief = KeyRing([fleet.folder / "thief"], PASSPHRASE)
    root = Metadata[Root].from_file(str(fleet.metadata / "1.root.json"))
    for keyid in list(root.signed.roles["root"].keyids):
        root.signed.revoke_key(keyid, "root")
    own = [thief.make("root-1"), thief.make("root-2")]
    for signer in own:
        root.signed.add_key(signer.public_key, "root")
    root.signed.version = 2
    root.signatures.clear()
    for signer in [*own, fleet.root_keys.get("root-1")]:
        root.sign(signer, append=True)
    root.to_file(str(fleet.metadata / "2.root.json"))
    refused(in_use, Why.NOT_TRUSTED)


def test_endless_metadata_ends(in_use: Vehicle, server: RepositoryServer) -> None:
    server.endless = {"timestamp.json"}
    refused(in_use, Why.NOT_TRUSTED)


def test_endless_bundle_ends_at_its_signed_length(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer
) -> None:
    fleet.publish("2.0.0")
    server.endless = {"tiny-2.0.0.tar"}
    refused(in_use, Why.NOT_TRUSTED)
    used = sum(path.stat().st_size for path in (in_use.folder / INCOMING).iterdir())
    assert used == 0


IN_BUFFERS_BYTES = 32_000_000  # what a server has written before it learns that nobody reads


@pytest.mark.parametrize(
    ("status", "header", "value"), [(302, "Location", "/elsewhere"), (503, "Retry-After", "1")]
)
def test_answer_that_sends_elsewhere_or_puts_off_is_not_read_to_its_end(
    in_use: Vehicle, server: RepositoryServer, status: int, header: str, value: str
) -> None:
    server.answered["timestamp.json"] = (status, header, value)
    refused(in_use, Why.UNREACHABLE)
    assert server.poured < IN_BUFFERS_BYTES


def test_redirection_is_followed_but_not_in_a_circle(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer
) -> None:
    fleet.publish("2.0.0")
    server.shown["mirror"] = (fleet.metadata / "timestamp.json").read_bytes()
    server.answered["metadata/timestamp.json"] = (302, "Location", "../mirror")
    assert "tiny 2.0.0" in in_use.update()
    server.answered["mirror"] = (302, "Location", "/metadata/timestamp.json")
    refused(in_use, Why.UNREACHABLE)


@pytest.mark.parametrize("address", ["http://[", "ftp://127.0.0.1/x", "http://"])
def test_redirection_to_no_address_is_told(
    in_use: Vehicle, server: RepositoryServer, address: str
) -> None:
    server.answered["timestamp.json"] = (302, "Location", address)
    refused(in_use, Why.UNREACHABLE)


def test_nothing_is_unpacked_before_it_is_verified(
    in_use: Vehicle, server: RepositoryServer
) -> None:
    """A small answer that unpacks to any size is judged as it came."""
    server.encoded.add("timestamp.json")
    refused(in_use, Why.NOT_TRUSTED)


@pytest.mark.parametrize("piece", ["timestamp.json", "bundles/"])
def test_server_that_drips_is_given_up(
    fleet: Fleet, in_use: Vehicle, server: RepositoryServer, piece: str
) -> None:
    fleet.publish("2.0.0")
    server.dripping[piece] = (10, 0.02)  # 500 bytes/s, never silent for long
    settings = in_use.settings.model_copy(update={"slowest_bytes_per_s": 5000})
    fetcher = ResumingFetcher(settings, in_use.folder / INCOMING, slow_window_s=0.3)
    source = SignedSource(settings, fetcher, synchronised)
    with pytest.raises(UpdateError, match="too few") as caught:
        source.channel()
        source.download(source.find("bundles/tiny-2.0.0.tar"))
    assert caught.value.why is Why.BROKEN_OFF
    assert len(server.asked(piece)) <= 2


def test_silent_server_is_given_up(in_use: Vehicle, server: RepositoryServer) -> None:
    server.dripping["timestamp.json"] = (10, 1.0)
    settings = in_use.settings.model_copy(update={"timeout_s": 0.2})
    updater = in_use.updater()
    updater._settings = settings
    with pytest.raises(UpdateError) as caught:
        updater.update()
    assert caught.value.why in (Why.BROKEN_OFF, Why.UNREACHABLE)
