"""What a fleet is: its name, its broker, where files lie there and in the vehicles. Kept in `fleet.yaml`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated

import yaml
from pydantic import Field, ValidationInfo, field_validator

from edge_app.configuration.document import ConfigurationDocument, KeyPath, Origin
from edge_app.configuration.load import validated
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel

# The same as unit.vehicle_id: a whole level of a topic, and a common name of at most 64 characters.
IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
HOST_NAME = re.compile(r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?)+")
Days = Annotated[int, Field(ge=1, le=20_000)]


class FleetSettings(SettingsModel):
    """Said once, when the fleet is made."""

    name: str = Field(
        min_length=1, max_length=64, description="Of the fleet; stands in every certificate"
    )
    hosts: tuple[str, ...] = Field(
        min_length=1,
        description="Names and addresses of the broker, as vehicles call it; the first is given to them",
    )
    port: int = Field(default=8883, ge=1, le=65535, description="TCP port of the broker, TLS only")
    readers: tuple[str, ...] = Field(
        default=("fleet",),
        description="Who reads all vehicles and sends them commands; no vehicle may have such a name",
    )
    topic_prefix: str = Field(default="vigil/v1", description="Front of every topic")
    broker_folder: str = Field(
        default="/etc/mosquitto/vigil",
        description="Where the broker's files will lie on its machine",
    )
    vehicle_folder: str = Field(
        default="/etc/vigil/tls", description="Where a vehicle's files will lie in the vehicle"
    )
    authority_days: Days = Field(default=3650, description="Validity of the authority, days")
    vehicle_days: Days = Field(default=365, description="Validity of a vehicle's certificate, days")
    broker_days: Days = Field(
        default=825, description="Validity of the broker's and the readers' certificates, days"
    )

    @field_validator("hosts")
    @classmethod
    def _hosts_are_names_or_addresses(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not is_address(host) and not HOST_NAME.fullmatch(host):
                raise ValueError(f"{host!r} is neither a host name nor an address")
        return hosts

    @field_validator("readers")
    @classmethod
    def _readers_are_identities(cls, readers: tuple[str, ...]) -> tuple[str, ...]:
        for reader in readers:
            if not IDENTITY.fullmatch(reader):
                raise ValueError(f"the reader's name {reader!r} is not {ALLOWED}")
        return readers

    @field_validator("topic_prefix")
    @classmethod
    def _plain_levels(cls, prefix: str) -> str:
        if not all(IDENTITY.fullmatch(level) for level in prefix.split("/")):
            raise ValueError("the front of the topics is levels joined by `/`")
        return prefix

    @field_validator("broker_folder", "vehicle_folder")
    @classmethod
    def _absolute(cls, folder: str) -> str:
        if not PurePosixPath(folder).is_absolute() or "\n" in folder:
            raise ValueError(f"{folder!r} is not an absolute path")
        return folder

    @field_validator("vehicle_days", "broker_days")
    @classmethod
    def _nothing_outlives_the_authority(cls, days: int, info: ValidationInfo) -> int:
        authority_days = info.data.get("authority_days", days)
        if days > authority_days:
            raise ValueError(
                f"no certificate outlives the authority; give at most its {authority_days} days"
            )
        return days


ALLOWED = "1 to 64 of the characters A-Z a-z 0-9 _ - . with a letter or digit first"


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def require_vehicle_id(identity: str, settings: FleetSettings) -> None:
    """A vehicle's id is its user name and one level of its topics, and not a reader's name."""
    if not IDENTITY.fullmatch(identity):
        raise UserError(f"The vehicle id {identity!r} cannot be part of a topic; use {ALLOWED}.")
    if identity in settings.readers or identity == BROKER:
        raise UserError(
            f"{identity} is the name of a reader or of the broker, not of a vehicle; choose another id."
        )


BROKER = "broker"


_OPTIONS = {
    "name": "--name",
    "hosts": "--host",
    "port": "--port",
    "readers": "--reader",
    "vehicle_days": "--vehicle-days",
    "broker_folder": "--broker-folder",
    "vehicle_folder": "--vehicle-folder",
}


def fleet_settings(**values: object) -> FleetSettings:
    """As options of a command say them. Raises one sentence for each mistake."""
    return _validated(values, _OPTIONS, "the fleet")


def _validated(
    values: Mapping[str, object], places: Mapping[str, str], elsewhere: str
) -> FleetSettings:
    """places: where each value was said; elsewhere: where all others were."""
    origins: dict[KeyPath, Origin] = {
        (key,): Origin(places.get(key, elsewhere), None, _plain(value))
        for key, value in values.items()
    }
    as_lists = {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
    }
    return validated(FleetSettings, ConfigurationDocument(as_lists, origins, elsewhere))


def _plain(value: object) -> str | None:
    return str(value) if isinstance(value, (int, float)) else None


def to_yaml(settings: FleetSettings) -> bytes:
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False).encode()


def from_yaml(content: bytes, where: str) -> FleetSettings:
    try:
        values = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise UserError(f"{where} is not YAML; restore it from a copy.") from error
    if not isinstance(values, dict):
        raise UserError(f"{where} holds no settings of a fleet; restore it from a copy.")
    return _validated(values, {}, where)
