"""What must be read before a connection: password, certificates. Impossible settings are told at start."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.errors import UserError
from edge_app.telemetry.settings import TelemetrySettings, TlsSettings

FORBIDDEN_IN_TOPIC = "/+#\0"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Ready for use; never printed."""

    username: str | None
    password: str | None = field(repr=False)
    tls: ssl.SSLContext | None = field(repr=False)


def read_credentials(settings: TelemetrySettings, vehicle: str) -> Credentials:
    """Read password and certificates, or raise the sentence that says what is missing."""
    if not vehicle or any(character in vehicle for character in FORBIDDEN_IN_TOPIC):
        raise UserError(
            f"The vehicle id {vehicle!r} cannot be part of a topic: use letters, digits, `-` and `_`."
        )
    password = _read_password(settings)
    username = settings.username
    if username is None and password is not None:
        username = vehicle
    tls = None if settings.tls is None else _tls_context(settings.tls)
    return Credentials(username, password, tls)


def _read_password(settings: TelemetrySettings) -> str | None:
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_env is not None:
        value = os.environ.get(settings.password_env)
        if not value:
            raise UserError(
                f"telemetry.password_env names {settings.password_env}, which is not set in the environment."
            )
        return value
    if settings.password_file is not None:
        try:
            lines = settings.password_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"telemetry.password_file {settings.password_file} cannot be read: {_why(error)}."
            ) from error
        if not lines or not lines[0]:
            raise UserError(f"telemetry.password_file {settings.password_file} is empty.")
        return lines[0]
    return None


def _tls_context(settings: TlsSettings) -> ssl.SSLContext:
    _must_be_readable("ca_file", settings.ca_file)
    _must_be_readable("certificate_file", settings.certificate_file)
    _must_be_readable("key_file", settings.key_file)
    try:
        context = ssl.create_default_context(
            cafile=None if settings.ca_file is None else str(settings.ca_file)
        )
    except (ssl.SSLError, OSError) as error:
        raise UserError(
            f"telemetry.tls.ca_file {settings.ca_file} is not a PEM certificate file."
        ) from error
    context.check_hostname = settings.check_host_name
    if settings.certificate_file is not None and settings.key_file is not None:
        try:
            # Without a password callback OpenSSL would ask on the terminal and hang a service for ever.
            context.load_cert_chain(
                settings.certificate_file, settings.key_file, password=lambda: ""
            )
        except (ssl.SSLError, OSError, ValueError) as error:
            raise UserError(
                f"telemetry.tls.certificate_file {settings.certificate_file} and key_file {settings.key_file}"
                " are not an unencrypted PEM pair that belongs together."
            ) from error
    return context


def _must_be_readable(name: str, path: Path | None) -> None:
    if path is None:
        return
    try:
        path.open("rb").close()
    except OSError as error:
        raise UserError(f"telemetry.tls.{name} {path} cannot be read: {_why(error)}.") from error


def _why(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
