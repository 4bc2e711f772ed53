"""Installs and takes away, one outcome after another; told to change nothing, it says what it would do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from copy import deepcopy

from edge_app.errors import UserError
from firmware_configs.install.account import STATE, remove_user
from firmware_configs.install.manifest import PLACE, Manifest, digest, read_manifest
from firmware_configs.install.running_system import RunningSystem
from firmware_configs.install.step import Outcome, Step, Verdict
from firmware_configs.install.target import Target
from firmware_configs.install.whole_file import read_if_there


def install(target: Target, steps: Sequence[Step], *, dry_run: bool) -> Iterator[Outcome]:
    """Does only what is not done yet. Raises `UserError`; what was done before stays noted."""
    manifest = read_manifest(target) or Manifest()
    before = deepcopy(manifest)
    changed = []
    for step in steps:
        outcome = step.look(target, manifest)
        if outcome.verdict.is_work:
            changed.append(outcome.what)
            if not dry_run:
                try:
                    step.do(target, manifest)
                finally:
                    manifest.save(target)
        yield outcome
    if manifest != before and not dry_run:
        manifest.save(target)
    if target.running:
        yield from RunningSystem(dry_run=dry_run).take_up(changed)


def uninstall(target: Target, *, dry_run: bool, purge: bool) -> Iterator[Outcome]:
    """Only what was installed, and as it was installed. purge: the owner's changes, the state and the user too."""
    manifest = read_manifest(target)
    if manifest is None:
        raise UserError(f"Nothing was installed here by `vigil install`: no {target.at(PLACE)}.")
    system = RunningSystem(dry_run=dry_run)
    if target.running:
        yield from system.stop()
    for path, to in sorted(manifest.links.items(), reverse=True):
        yield _remove_link(target, manifest, path, to, dry_run)
    for path, written in sorted(manifest.files.items(), reverse=True):
        yield _remove_file(target, manifest, path, written, dry_run, purge)
    for path in list(manifest.environments):
        if not dry_run:
            shutil.rmtree(target.at(path), ignore_errors=True)
            manifest.environments.remove(path)
        yield Outcome(Verdict.REMOVED, f"environment {path}")
    yield from _remove_state(target, manifest, dry_run, purge)
    if not dry_run:
        _leave(target, manifest)
    if target.running:
        yield from system.forget()


def _remove_link(target: Target, manifest: Manifest, path: str, to: str, dry_run: bool) -> Outcome:
    place = target.at(path)
    if not place.is_symlink():
        return _forgotten(manifest.links, path, "it is gone already", dry_run)
    if os.readlink(place) != to:
        return _forgotten(manifest.links, path, "it is yours", dry_run)
    if not dry_run:
        place.unlink()
        del manifest.links[path]
    return Outcome(Verdict.REMOVED, path)


def _remove_file(
    target: Target, manifest: Manifest, path: str, written: str, dry_run: bool, purge: bool
) -> Outcome:
    place = target.at(path)
    if place.is_symlink():
        return _forgotten(manifest.files, path, "a link of yours", dry_run)
    present = read_if_there(place)
    if present is None:
        return _forgotten(manifest.files, path, "it is gone already", dry_run)
    if digest(present) != written and not purge:
        # It stays noted, for a later purge.
        return Outcome(Verdict.KEPT, path, "you have changed it; --purge removes it")
    if not dry_run:
        place.unlink()
        del manifest.files[path]
    return Outcome(Verdict.REMOVED, path)


def _forgotten(noted: dict[str, str], path: str, why: str, dry_run: bool) -> Outcome:
    if not dry_run:
        del noted[path]
    return Outcome(Verdict.KEPT, path, why)


def _remove_state(
    target: Target, manifest: Manifest, dry_run: bool, purge: bool
) -> Iterator[Outcome]:
    state = target.at(STATE)
    if state.is_dir():
        if purge and not dry_run:
            shutil.rmtree(state)
        yield Outcome(
            Verdict.REMOVED if purge else Verdict.KEPT,
            STATE,
            "" if purge else "events not delivered yet, drivers' profiles; --purge removes it",
        )
    if manifest.user is None:
        return
    what = f"user {manifest.user}"
    if not purge:
        yield Outcome(Verdict.KEPT, what, "the state is this user's; --purge removes it")
        return
    if not dry_run:
        remove_user(target, manifest.user)
        manifest.user = None
    yield Outcome(Verdict.REMOVED, what)


def _leave(target: Target, manifest: Manifest) -> None:
    """The manifest goes last, and folders that were made for it and are empty."""
    if manifest.is_empty:
        target.at(PLACE).unlink()
    else:
        manifest.save(target)
    for folder in sorted(manifest.folders, key=len, reverse=True):
        place = target.at(folder)
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
