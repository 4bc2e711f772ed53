"""Everything that makes a machine a unit, in the order in which it is done."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from edge_app.configuration.load import Override, load_settings
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from firmware_configs.install.account import PLACE as ACCOUNT
from firmware_configs.install.account import Account, declaration, groups_for, require_user_name
from firmware_configs.install.device import find_device
from firmware_configs.install.environment import choose_environment
from firmware_configs.install.placed_file import PlacedFile, PlacedLink
from firmware_configs.install.service_unit import template, vigil_service
from firmware_configs.install.step import Step
from firmware_configs.install.target import Target
from firmware_configs.install.unheeded import AskedSettings

UNIT = "/etc/systemd/system/vigil.service"
CONFIGURATION = "/etc/vigil/vigil.yaml"
RULES = "/etc/udev/rules.d/99-vigil.rules"
JOURNAL = "/etc/systemd/journald.conf.d/vigil.conf"
BROKER = "/etc/mosquitto/conf.d/vigil.conf"
AT_BOOT = "/etc/systemd/system/multi-user.target.wants/vigil.service"
_BROKER_PROGRAM = "/usr/sbin/mosquitto"
_WITH_BROKER = "telemetry:\n  enabled: true\n"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    user: str = "vigil"
    config: Path | None = None
    profile: str | None = None
    vehicle_id: str | None = None
    wheel: Path | None = None
    with_broker: bool = False


def steps(target: Target, wish: Wish) -> list[Step]:
    """Raises `UserError` for whatever could not work, before anything is done."""
    require_user_name(wish.user)
    device = find_device(target, wish.profile or _profile_of(wish.config))
    environment = choose_environment(target, device, wish.wheel)
    groups = groups_for(target)
    if wish.with_broker and not target.at(_BROKER_PROGRAM).exists():
        raise UserError(
            f"--with-broker needs Mosquitto, and there is no {target.at(_BROKER_PROGRAM)};"
            " say `apt install mosquitto` first."
        )
    configuration, settings = _configuration(wish, device.profile)
    unit = vigil_service(
        device,
        environment.program,
        wish.user,
        settings.perception.runtime,
        target.systemd_version(),
    )
    rules = template("99-vigil.rules", GPIO_GROUP="gpio" if "gpio" in groups else wish.user)
    made: list[Step] = [
        PlacedFile(ACCOUNT, declaration(wish.user, groups).encode()),
        Account(wish.user, groups),
        environment,
        PlacedFile(
            CONFIGURATION,
            configuration,
            0o640,
            group=wish.user,
            missing_in=_asked(wish).missing_in,
        ),
        PlacedFile(RULES, rules.encode()),
        PlacedFile(JOURNAL, template("journald.conf").encode()),
        PlacedFile(UNIT, unit.encode()),
        PlacedLink(AT_BOOT, UNIT, "at boot"),
        PlacedFile("/opt/vigil/ignition.sh", template("ignition.sh").encode(), 0o755),
        PlacedFile(
            "/etc/systemd/system/vigil-ignition.service",
            template("vigil-ignition.service").encode(),
        ),
        PlacedFile("/etc/default/vigil-ignition", template("vigil-ignition.default").encode()),
    ]
    if wish.with_broker:
        made += [
            PlacedFile("/etc/mosquitto/vigil.acl", template("mosquitto.acl").encode()),
            PlacedFile(BROKER, template("mosquitto.conf").encode()),
        ]
    return made


def _configuration(wish: Wish, profile: str) -> tuple[bytes, VigilSettings]:
    """Read as the program will read it, so that a mistake is told before anything is done."""
    if wish.config is not None:
        if wish.vehicle_id is not None:
            raise UserError(
                "--config and --vehicle-id exclude each other; set unit.vehicle_id in the file."
            )
        settings = load_settings(wish.config)
        return wish.config.read_bytes(), settings
    if wish.vehicle_id is not None:
        load_settings(
            None, [Override.of_option("--vehicle-id", "unit.vehicle_id", wish.vehicle_id)]
        )
    text = template("vigil.yaml", PROFILE=profile, VEHICLE_ID=wish.vehicle_id or "unnamed-vehicle")
    if wish.with_broker:
        text += _WITH_BROKER
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "vigil.yaml"
        draft.write_text(text, encoding="utf-8")
        return text.encode(), load_settings(draft)


def _asked(wish: Wish) -> AskedSettings:
    values = {
        "profile": wish.profile,
        "unit.vehicle_id": wish.vehicle_id,
        "telemetry.enabled": wish.with_broker or None,
    }
    given = {key: value for key, value in values.items() if value is not None}
    return AskedSettings(given, wish.config)


def _profile_of(config: Path | None) -> str | None:
    return None if config is None else load_settings(config).profile
