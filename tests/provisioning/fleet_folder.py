"""A fleet's folder made by the command itself, and the settings of a vehicle from what it wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from edge_app.telemetry.local_broker import free_port
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings


def run_provision(*words: str | Path) -> str:
    """What `vigil provision …` prints; a `UserError` comes through as it is."""
    from typer.testing import CliRunner

    from firmware_configs.commands.provision import app

    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def make_fleet_folder(folder: Path, vehicles: tuple[str, ...]) -> Path:
    run_provision(
        *("fleet", folder, "--name", "Acme", "--host", "127.0.0.1", "--port", str(free_port())),
        *("--broker-folder", folder / "broker"),
    )
    for vehicle in vehicles:
        run_provision("vehicle", vehicle, "--fleet", folder)
    return folder


def port_of(folder: Path) -> int:
    return int(yaml.safe_load((folder / "fleet.yaml").read_text())["port"])


def settings_of(folder: Path, outbox: Path, **changes: Any) -> TelemetrySettings:
    """As the snippet says, with the files where they lie here and waits that are short."""
    said = yaml.safe_load((folder / "vigil.yaml").read_text())["telemetry"]
    names = ("ca_file", "certificate_file", "key_file")
    tls = {name: folder / Path(said["tls"][name]).name for name in names}
    values = {
        **said,
        "tls": tls,
        "state_interval_s": 0.2,
        "connect_timeout_s": 3.0,
        "back_off": {"min_s": 0.05, "max_s": 0.3},
        "outbox": OutboxSettings(path=outbox),
        **changes,
    }
    return TelemetrySettings(**values)
