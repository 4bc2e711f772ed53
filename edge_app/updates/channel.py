"""What a channel offers: a small signed file, `channels/<name>.json`, the newest release first."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from edge_app.bundle.manifest import InsidePath
from edge_app.settings_model import SettingsModel
from edge_app.updates.failures import UpdateError, Why

FORMAT = 1
MOST_RELEASES = 20
MOST_CHANNEL_BYTES = 64 * 1024
MOST_SETTINGS_BYTES = 64 * 1024

_Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$")]


def channel_target(channel: str) -> str:
    return f"channels/{channel}.json"


class Release(SettingsModel):
    """One bundle that may be fetched."""

    name: str = Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$", description="Name of the bundle.")
    version: _Version = Field(description="Version of its weights.")
    target: InsidePath = Field(description="Path of the packed bundle in the repository.")

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


class SettingsRelease(SettingsModel):
    """Settings for every vehicle of the channel."""

    version: int = Field(ge=1, description="Counts up.")
    target: InsidePath = Field(description="Path of the YAML file in the repository.")


class Channel(SettingsModel):
    """All of a channel's file."""

    format: Literal[1] = Field(description="Version of this format.")
    channel: str = Field(description="Its name.")
    releases: tuple[Release, ...] = Field(
        (), max_length=MOST_RELEASES, description="Bundles, the newest first."
    )
    settings: SettingsRelease | None = Field(None, description="Settings, where there are some.")

    def release(self, version: str | None) -> Release:
        """The newest, or the one of this version. Raises `UpdateError`."""
        for release in self.releases:
            if version in (None, release.version):
                return release
        offered = ", ".join(release.version for release in self.releases) or "none"
        raise UpdateError(
            Why.NO_SUCH_RELEASE,
            f"updates: the channel {self.channel} offers no version {version or 'at all'}; it has {offered}.",
        )


def read_channel(content: bytes, name: str) -> Channel:
    """Raises `UpdateError`: signed, and yet not what this program can read."""
    try:
        channel = Channel.model_validate_json(content)
    except ValidationError as error:
        place = ".".join(str(key) for key in error.errors()[0]["loc"])
        raise UpdateError(
            Why.UNUSABLE,
            f"updates: the file of the channel {name} cannot be read ({place or 'no JSON'}); publish it again, or"
            " update Vigil.",
        ) from error
    if channel.channel != name:
        raise UpdateError(
            Why.NOT_TRUSTED, f"updates: the file of the channel {name} is that of another channel."
        )
    return channel
