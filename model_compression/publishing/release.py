"""A bundle, settings or both as one release of a channel: packed, listed, signed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_app.bundle.open import open_bundle
from edge_app.errors import UserError
from edge_app.updates.channel import (
    FORMAT,
    MOST_RELEASES,
    MOST_SETTINGS_BYTES,
    Channel,
    Release,
    SettingsRelease,
    channel_target,
    read_channel,
)
from edge_app.updates.settings import CHANNEL_NAME, CHANNEL_NAME_ALLOWED
from edge_app.updates.signed_settings import read_signed_settings
from model_compression.publishing.keys import KeyRing
from model_compression.publishing.packing import packed
from model_compression.publishing.repository import ReleaseRepository
from model_compression.publishing.sbom import sbom_of


@dataclass(frozen=True, slots=True)
class Published:
    """What a channel offers from now on."""

    channel: Channel
    added: tuple[str, ...]  # targets


def publish(
    repository: ReleaseRepository,
    keys: KeyRing,
    channel_name: str,
    *,
    bundle: Path | None,
    settings: Path | None,
    now: datetime,
    tell: Callable[[str], None] = lambda words: None,
) -> Published:
    """Raises `UserError`, and then nothing is published."""
    if not re.fullmatch(CHANNEL_NAME, channel_name):
        raise UserError(
            f"{channel_name!r} is no name that a vehicle can follow; a channel's has {CHANNEL_NAME_ALLOWED}."
        )
    content = repository.target(channel_target(channel_name))
    channel = (
        Channel(format=FORMAT, channel=channel_name)
        if content is None
        else read_channel(content, channel_name)
    )
    files: dict[str, bytes] = {}
    if bundle is not None:
        tell(f"packing {bundle}")
        release, own = _bundle_files(repository, bundle, now)
        files |= own
        others = [entry for entry in channel.releases if entry != release]
        channel = channel.model_copy(update={"releases": (release, *others)[:MOST_RELEASES]})
    if settings is not None:
        number = 1 if channel.settings is None else channel.settings.version + 1
        target = f"settings/{channel_name}-{number}.yaml"
        files[target] = _settings_content(settings)
        channel = channel.model_copy(
            update={"settings": SettingsRelease(version=number, target=target)}
        )
    if not files:
        raise UserError("nothing to publish: name a bundle, --settings, or both.")
    files[channel_target(channel_name)] = (
        json.dumps(channel.model_dump(mode="json"), indent=1).encode() + b"\n"
    )
    tell("signing")
    repository.add(files, keys, now=now)
    return Published(channel, tuple(files))


def _bundle_files(
    repository: ReleaseRepository, place: Path, now: datetime
) -> tuple[Release, dict[str, bytes]]:
    bundle = open_bundle(place)
    manifest = bundle.manifest
    stem = f"{manifest.name}-{manifest.version}"
    release = Release(name=manifest.name, version=manifest.version, target=f"bundles/{stem}.tar")
    content, there = packed(bundle), repository.target(release.target)
    if there is not None and there != content:
        raise UserError(
            f"{bundle.title} is published already with other content; a version never changes, so give this one"
            " another."
        )
    sbom = json.dumps(sbom_of(bundle=bundle, made=now), indent=1).encode() + b"\n"
    return release, {release.target: content, f"sboms/{stem}.cdx.json": sbom}


def _settings_content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(content) > MOST_SETTINGS_BYTES:
        raise UserError(f"{path}: larger than {MOST_SETTINGS_BYTES // 1024} KiB.")
    read_signed_settings(content, str(path))
    return content
