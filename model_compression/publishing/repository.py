"""The folder of signed metadata and targets that any web server can serve (TUF 1.0, consistent snapshots).

    metadata/N.root.json  N.targets.json  N.snapshot.json  timestamp.json
    targets/channels/  targets/bundles/  targets/settings/  targets/sboms/   each file after its SHA-256

New files are written first and `timestamp.json` last, in one step: a vehicle sees the state before or the state
after, also where publishing is cut off. No private key is ever in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from securesystemslib.exceptions import StorageError, UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from edge_app.errors import UserError
from edge_app.updates.durable import replace_file
from model_compression.publishing.keys import KeyRing

ROLES = ("targets", "snapshot", "timestamp")
_METADATA, _TARGETS = "metadata", "targets"
_PROBE = ".begun"
_RENEW_BELOW = 0.5  # of its life

_Signed = TypeVar("_Signed", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True)
class Lives:
    """For how long signed metadata holds, days."""

    root: float = 365.0
    targets: float = 180.0
    snapshot: float = 60.0
    timestamp: float = 7.0


class ReleaseRepository:
    """Raises `UserError` where the folder, a key or a signature is not as it must be."""

    def __init__(self, folder: Path, lives: Lives | None = None) -> None:
        self.folder = folder.expanduser()
        self._lives = lives or Lives()

    @property
    def newest_root(self) -> Path:
        """What is brought to a vehicle when it is set up."""
        roots = sorted(
            (self.folder / _METADATA).glob("*.root.json"),
            key=lambda path: int(path.name.split(".")[0]),
        )
        if not roots:
            raise UserError(
                f"{self.folder}: no repository is here; make one with `vigil bundle init`."
            )
        return roots[-1]

    def begin(
        self, root_keys: KeyRing, keys: KeyRing, *, now: datetime, root_count: int, threshold: int
    ) -> None:
        """An empty repository, with keys that are made here and now: all of it or nothing."""
        if (self.folder / _METADATA).exists():
            raise UserError(f"{self.folder}: there is a repository already; name another folder.")
        if not 1 <= threshold <= root_count:
            raise UserError(f"of {root_count} root keys {threshold} cannot sign together.")
        names = [_root_key(number) for number in range(1, root_count + 1)]
        wanted = [(root_keys, name) for name in names] + [(keys, role) for role in ROLES]
        for ring, name in wanted:
            ring.require_free(name)
        self._put(self.folder / _METADATA / _PROBE, b"")
        made: list[tuple[KeyRing, str]] = []
        try:
            signers = {}
            for ring, name in wanted:
                signers[name] = ring.make(name)
                made.append((ring, name))
            self._begin_with(signers, names, threshold, now)
        except BaseException:
            for ring, name in made:
                ring.forget(name)
            shutil.rmtree(self.folder / _METADATA, ignore_errors=True)
            raise
        (self.folder / _METADATA / _PROBE).unlink()

    def _begin_with(
        self, signers: dict[str, CryptoSigner], root_names: list[str], threshold: int, now: datetime
    ) -> None:
        root = Root(consistent_snapshot=True)
        for name in root_names:
            _own(root, "root", name, signers[name])
        root.roles["root"].threshold = threshold
        for role in ROLES:
            _own(root, role, role, signers[role])
        root.expires = self._expires("root", now)
        self._write_root(Metadata(root), [signers[name] for name in root_names])
        self._first("1.targets.json", Targets(), signers["targets"], now)
        self._first("1.snapshot.json", Snapshot(), signers["snapshot"], now)
        self._first("timestamp.json", Timestamp(), signers["timestamp"], now)

    def add(self, files: Mapping[str, bytes], keys: KeyRing, *, now: datetime) -> None:
        """Targets by their paths, signed, together in one step."""
        signers = {role: self._signer(role, keys) for role in ROLES}
        targets = self._newest("targets", Targets)
        self._require_ours(targets, signers["targets"])
        for path, content in files.items():
            target = TargetFile.from_data(path, content, ["sha256"])
            place = self._target_place(target)
            self._put(place, content)
            targets.signed.targets[path] = target
        self._renew("targets", targets, signers["targets"], now)
        self._renew_snapshot(signers["snapshot"], now, targets.signed.version)
        self._renew_timestamp(signers["timestamp"], now)

    def target(self, path: str) -> bytes | None:
        """The content of a target as it is signed now; None where there is none."""
        target = self._newest("targets", Targets).signed.targets.get(path)
        if target is None:
            return None
        place = self._target_place(target)
        try:
            content = place.read_bytes()
            target.verify_length_and_hashes(content)
        except (OSError, RepositoryError) as error:
            raise UserError(
                f"{place}: is missing or not what was signed; restore the repository."
            ) from error
        return content

    def refresh(self, keys: KeyRing, *, now: datetime) -> list[str]:
        """A new timestamp; snapshot and targets too where half of their life is over. The roles signed."""
        signed: list[str] = []
        targets = self._newest("targets", Targets)
        snapshot = self._newest("snapshot", Snapshot)
        if self._is_ageing("targets", targets, now):
            signer = self._signer("targets", keys)
            self._require_ours(targets, signer)
            self._renew("targets", targets, signer, now)
            signed.append("targets")
        if signed or self._is_ageing("snapshot", snapshot, now):
            self._renew_snapshot(self._signer("snapshot", keys), now, targets.signed.version)
            signed.append("snapshot")
        self._renew_timestamp(self._signer("timestamp", keys), now)
        return [*signed, "timestamp"]

    def renew_root(
        self, root_keys: KeyRing, keys: KeyRing | None, *, now: datetime, replace: str | None = None
    ) -> Path:
        """The next root, signed by enough of the old root keys and of the new ones.

        replace: a role's key, or `root-N`, that is made anew; `keys` is where a role's key lies. The old key signs
        nothing more.
        """
        root = self._newest_root()
        signers = [
            signer
            for name in _names(root.signed, "root")
            if (signer := root_keys.find(name)) is not None
        ]
        named = root.signed.roles["root"].keyids
        signers = [signer for signer in signers if signer.public_key.keyid in named]
        self._require_enough(root.signed, signers)
        if replace is not None:
            role = replace if replace in ROLES else "root"
            ring = root_keys if role == "root" else keys
            if ring is None or replace not in _names(root.signed, role):
                raise UserError(
                    f"{replace}: there is no such key; it is one of {_all(root.signed)}."
                )
            for keyid in list(root.signed.roles[role].keyids):
                if _name(root.signed, keyid) == replace:
                    root.signed.revoke_key(keyid, role)
            ring.retire(replace)
            fresh = ring.make(replace)
            _own(root.signed, role, replace, fresh)
            if role == "root":
                signers.append(fresh)
        root.signed.version += 1
        root.signed.expires = self._expires("root", now)
        place = self._write_root(root, signers)
        if replace in ROLES and keys is not None:
            self._sign_again(keys, now)
        return place

    def _sign_again(self, keys: KeyRing, now: datetime) -> None:
        """Under the new root every role's signature must be by the key that it names now."""
        targets = self._newest("targets", Targets)
        self._renew("targets", targets, self._signer("targets", keys), now)
        self._renew_snapshot(self._signer("snapshot", keys), now, targets.signed.version)
        self._renew_timestamp(self._signer("timestamp", keys), now)

    def _require_ours(self, targets: Metadata[Targets], signer: CryptoSigner) -> None:
        """Whoever can write the folder, as on a web server, must not get a signature for what he has put there."""
        key = signer.public_key
        try:
            key.verify_signature(targets.signatures[key.keyid], targets.signed_bytes)
        except (KeyError, UnverifiedSignatureError) as error:
            raise UserError(
                f"{self.folder}: its newest targets.json was not signed with this key, so somebody has changed it;"
                " restore the repository, or where `renew-root` was cut off, run it again."
            ) from error

    def _require_enough(self, root: Root, signers: list[CryptoSigner]) -> None:
        needed = root.roles["root"].threshold
        if len(signers) < needed:
            raise UserError(
                f"the next root needs {needed} of the root keys to sign, {len(signers)} are here; name the folders of"
                " the others with --root-keys."
            )

    def _first(self, name: str, signed: _Signed, signer: CryptoSigner, now: datetime) -> None:
        signed.expires = self._expires(signed.type, now)
        metadata = Metadata(signed)
        metadata.sign(signer)
        self._write(name, metadata.to_bytes())

    def _renew(
        self, role: str, metadata: Metadata[_Signed], signer: CryptoSigner, now: datetime
    ) -> None:
        metadata.signed.version += 1
        metadata.signed.expires = self._expires(role, now)
        metadata.sign(signer)
        self._write(f"{metadata.signed.version}.{role}.json", metadata.to_bytes())

    def _renew_snapshot(self, signer: CryptoSigner, now: datetime, targets_version: int) -> None:
        snapshot = self._newest("snapshot", Snapshot)
        snapshot.signed.meta["targets.json"] = MetaFile(targets_version)
        self._renew("snapshot", snapshot, signer, now)

    def _renew_timestamp(self, signer: CryptoSigner, now: datetime) -> None:
        timestamp = self._read("timestamp.json", Timestamp)
        timestamp.signed.snapshot_meta = MetaFile(self._newest("snapshot", Snapshot).signed.version)
        timestamp.signed.version += 1
        timestamp.signed.expires = self._expires("timestamp", now)
        timestamp.sign(signer)
        self._write("timestamp.json", timestamp.to_bytes())

    def _is_ageing(self, role: str, metadata: Metadata[_Signed], now: datetime) -> bool:
        life = timedelta(days=getattr(self._lives, role))
        return metadata.signed.expires - now < life * _RENEW_BELOW

    def _signer(self, role: str, keys: KeyRing) -> CryptoSigner:
        signer = keys.get(role)
        if signer.public_key.keyid not in self._newest_root().signed.roles[role].keyids:
            raise UserError(
                f"{role}.pem: the root of {self.folder} does not name this key for {role}; name another --keys folder."
            )
        return signer

    def _expires(self, role: str, now: datetime) -> datetime:
        return (now + timedelta(days=getattr(self._lives, role))).replace(microsecond=0)

    def _newest_root(self) -> Metadata[Root]:
        return self._read(self.newest_root.name, Root)

    def _newest(self, role: str, kind: type[_Signed]) -> Metadata[_Signed]:
        """By its number in the name: after a publication that was cut off it may be one that nothing refers to."""
        _ = self.newest_root
        numbers = [
            int(path.name.split(".")[0])
            for path in (self.folder / _METADATA).glob(f"*.{role}.json")
        ]
        if not numbers:
            raise UserError(f"{self.folder}: its metadata has no {role}; restore it.")
        return self._read(f"{max(numbers)}.{role}.json", kind)

    def _read(self, name: str, kind: type[_Signed]) -> Metadata[_Signed]:
        path = self.folder / _METADATA / name
        try:
            metadata = Metadata[_Signed].from_file(str(path))
        except (StorageError, RepositoryError) as error:
            raise UserError(f"{path}: cannot be read; restore the repository.") from error
        if not isinstance(metadata.signed, kind):
            raise UserError(f"{path}: is no {kind.type}; restore the repository.")
        return metadata

    def _write(self, name: str, content: bytes) -> None:
        self._put(self.folder / _METADATA / name, content)

    @staticmethod
    def _put(path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, content)
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror}).") from error

    def _write_root(self, root: Metadata[Root], signers: list[CryptoSigner]) -> Path:
        root.signatures.clear()
        for signer in signers:
            root.sign(signer, append=True)
        name = f"{root.signed.version}.root.json"
        self._write(name, root.to_bytes())
        return self.folder / _METADATA / name

    def _target_place(self, target: TargetFile) -> Path:
        folder, _, name = target.path.rpartition("/")
        return self.folder / _TARGETS / folder / f"{target.hashes['sha256']}.{name}"


_NAME = "x-vigil-name"  # of the key's file; a key's own fields are free


def _root_key(number: int) -> str:
    return f"root-{number}"


def _own(root: Root, role: str, name: str, signer: CryptoSigner) -> None:
    key = signer.public_key
    key.unrecognized_fields[_NAME] = name
    root.add_key(key, role)


def _name(root: Root, keyid: str) -> str:
    return str(root.keys[keyid].unrecognized_fields.get(_NAME, keyid))


def _names(root: Root, role: str) -> list[str]:
    return [_name(root, keyid) for keyid in root.roles[role].keyids]


def _all(root: Root) -> str:
    return ", ".join([*_names(root, "root"), *ROLES])
