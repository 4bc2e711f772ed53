"""`vigil bundle init`, `publish`, `refresh`, `renew-root`, `sbom` as a fleet's engineer runs them, and their errors."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_app.commands.main import main
from edge_app.errors import UserError
from model_compression.publishing.packages import needed_packages
from model_compression.publishing.packing import packed
from model_compression.publishing.sbom import PROGRAM, sbom_of
from tests.bundle.bundles import write_bundle
from tests.updates.fleet import Fleet, Vehicle, today

PASSPHRASES = {"VIGIL_KEYS_PASSPHRASE": "correct horse", "VIGIL_ROOT_PASSPHRASE": "battery staple"}


@dataclass(frozen=True)
class Run:
    code: object
    stdout: str
    stderr: str


@pytest.fixture
def vigil(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Run]:
    """`vigil bundle`, with the passphrases in the environment."""

    def run(*words: object, **environment: str) -> Run:
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
            for name, value in {**PASSPHRASES, **environment}.items():
                patch.setenv(name, value)
            main(["bundle", *map(str, words)])
        told = capsys.readouterr()
        return Run(ended.value.code, told.out, told.err)

    return run


def test_commands_lead_from_nothing_to_a_vehicle_with_the_bundle(
    tmp_path: Path, vigil: Callable[..., Run]
) -> None:
    from tests.updates.repository_server import serving

    write_bundle(tmp_path / "b", version="1.0.0")
    repository, keys, roots = tmp_path / "r", tmp_path / "k", tmp_path / "offline"
    run = vigil("init", repository, "--keys", keys, "--root-keys", roots)
    assert run.code == 0, run.stderr
    root = repository / "metadata" / "1.root.json"
    assert f"bring to every vehicle as updates.root_file: {root}" in run.stdout
    run = vigil("publish", tmp_path / "b", "--to", repository, "--keys", keys)
    assert run.code == 0, run.stderr
    assert "the channel stable offers tiny 1.0.0" in run.stdout
    run = vigil(
        "renew-root", repository, "--root-keys", roots, "--keys", keys, "--replace", "targets"
    )
    assert run.code == 0, run.stderr
    run = vigil("refresh", repository, "--keys", keys)
    assert (run.code, "timestamp" in run.stdout) == (0, True), run.stderr
    with serving(repository) as server:
        vehicle = Vehicle(tmp_path / "vehicle", server.url, root)
        vehicle.update()
        assert vehicle.start() == "tiny 1.0.0"


def test_publishing_loads_no_torch() -> None:
    code = (
        "import sys; import model_compression.commands.bundle, model_compression.publishing.release;"
        " assert not {'torch', 'onnx', 'onnxruntime', 'openvino'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_keys_are_encrypted_and_for_their_owner_only(fleet: Fleet) -> None:
    for path in [*(fleet.folder / "keys").iterdir(), *(fleet.folder / "root").iterdir()]:
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in ("keys", "root"):
        assert stat.S_IMODE((fleet.folder / folder).stat().st_mode) == 0o700


def test_no_private_key_is_in_what_is_served(fleet: Fleet) -> None:
    for path in (fleet.folder / "repository").rglob("*"):
        assert path.is_dir() or b"PRIVATE KEY" not in path.read_bytes()


def test_errors_are_one_sentence(fleet: Fleet, tmp_path: Path, vigil: Callable[..., Run]) -> None:
    repository, keys = fleet.folder / "repository", fleet.folder / "keys"
    for words, environment, complaint in (
        (("publish",), {}, "--to and --keys"),
        (("publish", "--to", repository, "--keys", keys), {}, "nothing to publish"),
        (("publish", tmp_path, "--to", repository, "--keys", keys), {}, "no bundle is here"),
        (("refresh", tmp_path, "--keys", keys), {}, "no repository is here"),
        (("refresh", repository, "--keys", tmp_path), {}, "there is no key timestamp.pem"),
        (("refresh", repository, "--keys", keys), {"VIGIL_KEYS_PASSPHRASE": "wrong one"}, "passphrase"),
        (("init", repository, "--keys", keys, "--root-keys", keys), {}, "a repository already"),
        (("init", tmp_path / "x", "--keys", tmp_path / "y", "--root-keys", tmp_path / "z"),
         {"VIGIL_ROOT_PASSPHRASE": "short"}, "shorter than 8"),
    ):  # fmt: skip
        run = vigil(*words, **environment)
        assert run.code == 2, (words, run.stdout, run.stderr)
        assert complaint in run.stderr and run.stderr.count("\n") == 1, run.stderr


def test_key_that_others_can_read_signs_nothing(fleet: Fleet) -> None:
    (fleet.folder / "keys" / "timestamp.pem").chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        fleet.repository.refresh(fleet.keys, now=today())


def test_list_of_bundles_that_somebody_else_put_there_is_not_signed(fleet: Fleet) -> None:
    """Whoever can write the served folder has no bundle signed by the next publication."""
    newest = max(fleet.metadata.glob("*.targets.json"))
    planted = json.loads(newest.read_bytes())
    planted["signed"]["version"] += 7
    planted["signed"]["targets"]["bundles/evil.tar"] = {
        "length": 1,
        "hashes": {"sha256": "0" * 64},
    }
    name = f"{planted['signed']['version']}.targets.json"
    (fleet.metadata / name).write_text(json.dumps(planted))
    before = (fleet.metadata / "timestamp.json").read_bytes()
    with pytest.raises(UserError, match="was not signed with this key"):
        fleet.publish("2.0.0")
    with pytest.raises(UserError, match="was not signed with this key"):
        fleet.repository.refresh(fleet.keys, now=today(150))
    assert (fleet.metadata / "timestamp.json").read_bytes() == before


@pytest.mark.parametrize("channel", ["../../outside", "Stable", ""])
def test_channel_that_no_vehicle_can_name_is_not_published(fleet: Fleet, channel: str) -> None:
    before = sorted(fleet.folder.rglob("*"))
    with pytest.raises(UserError, match="no name that a vehicle can follow"):
        fleet.publish("1.0.0", channel=channel)
    assert sorted(fleet.folder.rglob("*")) == before


def test_damaged_or_full_repository_is_one_sentence(fleet: Fleet) -> None:
    targets = fleet.folder / "repository" / "targets"
    (own,) = (targets / "channels").glob("*.stable.json")
    content = own.read_bytes()
    own.write_bytes(content + b" ")
    with pytest.raises(UserError, match="not what was signed"):
        fleet.publish("2.0.0")
    own.unlink()
    with pytest.raises(UserError, match="is missing"):
        fleet.publish("2.0.0")
    own.write_bytes(content)
    (targets / "channels").rename(targets / "elsewhere")
    (targets / "channels").write_bytes(b"")
    with pytest.raises(UserError):
        fleet.publish("2.0.0")
    with pytest.raises(UserError, match="cannot be written"):
        fleet.repository.add({"channels/new.json": b"x"}, fleet.keys, now=today())


def test_too_few_root_keys_make_no_root(fleet: Fleet) -> None:
    for name in ("root-1.pem", "root-2.pem"):
        (fleet.folder / "root" / name).unlink()
    with pytest.raises(UserError, match="needs 2 of the root keys to sign, 1 are here"):
        fleet.repository.renew_root(fleet.root_keys, None, now=today())
    assert fleet.repository.newest_root.name == "1.root.json"


def test_lost_root_key_is_replaced_by_the_others(fleet: Fleet, vehicle: Vehicle) -> None:
    (fleet.folder / "root" / "root-3.pem").unlink()
    fleet.repository.renew_root(fleet.root_keys, None, now=today(), replace="root-3")
    (fleet.folder / "root" / "root-1.pem").unlink()
    fleet.repository.renew_root(fleet.root_keys, None, now=today(), replace="root-1")
    assert "tiny 1.0.0" in vehicle.update()


def test_refresh_signs_what_has_lived_half_its_life(fleet: Fleet) -> None:
    assert fleet.repository.refresh(fleet.keys, now=today(1)) == ["timestamp"]
    assert fleet.repository.refresh(fleet.keys, now=today(31)) == ["snapshot", "timestamp"]
    assert fleet.repository.refresh(fleet.keys, now=today(91)) == [
        "targets",
        "snapshot",
        "timestamp",
    ]


@pytest.mark.parametrize("after", ["targets.json", "snapshot.json"])
def test_publication_that_is_cut_off_shows_the_state_before(
    fleet: Fleet, vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    from model_compression.publishing import repository

    real = repository.replace_file

    def cut(path: Path, content: bytes) -> None:
        real(path, content)
        if path.name.endswith(after):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(repository, "replace_file", cut)
        with pytest.raises(KeyboardInterrupt):
            fleet.publish("2.0.0")
    assert "tiny 1.0.0" in vehicle.update()
    vehicle.start()
    vehicle.prove()
    fleet.publish("2.0.0")
    assert "tiny 2.0.0" in vehicle.update()


def test_bundle_is_packed_to_the_same_bytes_every_time(tmp_path: Path) -> None:
    from edge_app.bundle.open import open_bundle

    write_bundle(tmp_path / "b")
    first = packed(open_bundle(tmp_path / "b"))
    (tmp_path / "b" / "stray").write_text("not named by the manifest")
    for path in (tmp_path / "b").iterdir():
        os.utime(path, (0, 0))
    assert packed(open_bundle(tmp_path / "b")) == first


def test_bill_of_material_is_signed_beside_the_bundle_and_names_its_files(fleet: Fleet) -> None:
    from edge_app.bundle.open import open_bundle

    content = fleet.repository.target("sboms/tiny-1.0.0.cdx.json")
    assert content is not None
    told = json.loads(content)
    bundle = open_bundle(fleet.folder / "bundles" / "1.0.0")
    listed = {
        part["name"]: part["hashes"][0]["content"]
        for part in told["components"]
        if part["type"] == "file"
    }
    assert listed == {file.path: file.sha256 for file in bundle.files()}
    assert told["metadata"]["component"]["hashes"][0]["content"] == bundle.sha256


def test_bill_of_material_has_what_the_program_needs_and_no_workshop() -> None:
    told = sbom_of(bundle=None, made=today())
    names = {part["name"].lower() for part in told["components"]}
    assert names >= {
        "numpy",
        "pydantic",
        "paho-mqtt",
    }
    assert not {"torch", "pytest"} & names
    refs = {part["bom-ref"] for part in told["components"]}
    refs.add(told["metadata"]["component"]["bom-ref"])
    for entry in told["dependencies"]:
        assert entry["ref"] in refs and set(entry.get("dependsOn", ())) <= refs
    pydantic = needed_packages(PROGRAM, ())["pydantic"]
    assert "pydantic-core" in pydantic.needs


def test_bill_of_material_is_valid_cyclonedx_1_6(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx")
    pytest.importorskip("jsonschema")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    from edge_app.bundle.open import open_bundle

    for bundle in (None, open_bundle("default")):
        text = json.dumps(sbom_of(bundle=bundle, made=today()))
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_beginning_that_fails_leaves_no_keys_in_the_way_of_the_next(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    (tmp_path / "repository").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        fleet.begin()
    assert not list(tmp_path.rglob("*.pem"))
    (tmp_path / "repository").unlink()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "snapshot.pem").write_text("of another fleet")
    with pytest.raises(UserError, match="there is a key already"):
        fleet.begin()
    assert not (tmp_path / "repository").exists() and not (tmp_path / "root").exists()
    (tmp_path / "keys" / "snapshot.pem").unlink()
    fleet.begin()
    fleet.publish("1.0.0")
    assert all(path.suffix == ".json" for path in fleet.metadata.iterdir())


def test_beginning_that_breaks_off_takes_its_keys_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = Fleet(tmp_path)

    def full(path: Path, content: bytes) -> None:
        if path.name == "1.snapshot.json":
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr("model_compression.publishing.repository.replace_file", full)
        with pytest.raises(UserError, match="No space left"):
            fleet.begin()
    assert not list(tmp_path.rglob("*.pem")) and not fleet.metadata.exists()
    fleet.begin()
