"""What must be read before a connection: password, certificates. Impossible settings are told at start.

Files that change later are read again, so that a renewed certificate or password needs no restart.
"""

from __future__ import annotations

import logging
import os
import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.errors import UserError
from edge_app.telemetry.certificate import (
    CERTIFICATE_EXPIRES,
    Certificate,
    expiry_sentence,
    read_certificate,
)
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.settings import TelemetrySettings, TlsSettings

logger = logging.getLogger(__name__)

FORBIDDEN_IN_TOPIC = "/+#\0"
REFRESH_S = 10.0  # three `stat` calls
REMIND_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Ready for use; never printed."""

    username: str | None
    password: str | None = field(repr=False)
    tls: ssl.SSLContext | None = field(repr=False)
    certificate: Certificate | None = None


class CredentialSource:
    """The credentials as their files hold them now.

    `refresh` looks at the disk and belongs to the thread that may; `current` is for any other.
    """

    def __init__(
        self,
        settings: TelemetrySettings,
        vehicle: str,
    ) -> None:
        """Raises UserError for settings that can never work."""
        self._settings = settings
        self._vehicle = vehicle
        self._warn_before_days = 0.0 if settings.tls is None else settings.tls.warn_before_days
        self._seen = _signature(settings)
        self._refresh_due_s = float("-inf")
        self._remind_due_s = float("-inf")
        self._told: str | None = None
        self.current = read_credentials(settings, vehicle)
        self.reasons: tuple[str, ...] = ()  # why the unit is degraded, one word each

    def refresh(self, now: Instant) -> None:
        """Read again what has changed. What cannot be used yet, such as a certificate whose key is still to come,
        leaves the credentials as they are and is tried again.
        """
        if now.monotonic_s < self._refresh_due_s:
            return
        self._refresh_due_s = now.monotonic_s + REFRESH_S
        seen = _signature(self._settings)
        if seen != self._seen:
            self._read_again(seen)
        certificate = self.current.certificate
        soon = certificate and certificate.days_left(now.wall_s) <= self._warn_before_days
        self.reasons = (CERTIFICATE_EXPIRES,) if soon else ()
        if now.monotonic_s >= self._remind_due_s:
            self._remind_due_s = now.monotonic_s + REMIND_S
            for sentence in concerns(self._settings, self._vehicle, self.current, now.wall_s):
                logger.warning("%s", sentence)

    def _read_again(self, seen: tuple[object, ...]) -> None:
        try:
            self.current = read_credentials(self._settings, self._vehicle)
        except UserError as error:
            if str(error) != self._told:
                logger.warning("%s Those read before stay in use.", error)
                self._told = str(error)
            return
        self._seen, self._told = seen, None
        self._remind_due_s = float("-inf")
        logger.info("Certificates and password were read anew; the next connection uses them.")


def concerns(
    settings: TelemetrySettings,
    vehicle: str,
    credentials: Credentials,
    wall_s: float,
) -> tuple[str, ...]:
    """Sentences about credentials that can be read and yet are not, or soon will not be, as they should."""
    certificate = credentials.certificate
    sentences: list[str] = []
    if certificate is not None and settings.tls is not None:
        said = expiry_sentence(certificate, wall_s, settings.tls.warn_before_days)
        sentences += filter(None, [said])
    secrets = {"telemetry.password_file": settings.password_file}
    if settings.tls is not None:
        secrets["telemetry.tls.key_file"] = settings.tls.key_file
    for name, file in secrets.items():
        if file is not None and _open_to_others(file):
            sentences.append(
                f"{name} {file} may be read by every user of this machine; say `chmod 600 {file}`."
            )
    if (
        certificate is not None
        and credentials.username is None
        and certificate.common_name != vehicle
    ):
        sentences.append(
            f"The certificate is that of {certificate.common_name}, but unit.vehicle_id is {vehicle}; a broker that"
            " goes by certificates accepts nothing from this unit."
        )
    return tuple(sentences)


def _open_to_others(file: Path) -> bool:
    try:
        return bool(
            file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH)
        )
    except OSError:
        return False


def _signature(settings: TelemetrySettings) -> tuple[object, ...]:
    """Changes whenever one of the files does."""
    tls = settings.tls
    files = [settings.password_file]
    if tls is not None:
        files += [tls.ca_file, tls.certificate_file, tls.key_file]
    return tuple(None if file is None else _stamp(file) for file in files)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


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
    if settings.tls is None:
        return Credentials(username, password, None)
    tls = tls_context(settings.tls)
    own = settings.tls.certificate_file
    return Credentials(username, password, tls, None if own is None else read_certificate(own))


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


def tls_context(settings: TlsSettings, name: str = "telemetry.tls") -> ssl.SSLContext:
    """name: of the settings. Raises `UserError`."""
    _must_be_readable(f"{name}.ca_file", settings.ca_file)
    _must_be_readable(f"{name}.certificate_file", settings.certificate_file)
    _must_be_readable(f"{name}.key_file", settings.key_file)
    try:
        context = ssl.create_default_context(
            cafile=None if settings.ca_file is None else str(settings.ca_file)
        )
    except (ssl.SSLError, OSError) as error:
        raise UserError(
            f"{name}.ca_file {settings.ca_file} is not a PEM certificate file."
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = settings.check_host_name
    if settings.certificate_file is not None and settings.key_file is not None:
        try:
            # Without a password callback OpenSSL would ask on the terminal and hang a service for ever.
            context.load_cert_chain(
                settings.certificate_file, settings.key_file, password=lambda: ""
            )
        except (ssl.SSLError, OSError, ValueError) as error:
            raise UserError(
                f"{name}.certificate_file {settings.certificate_file} and key_file {settings.key_file}"
                " are not an unencrypted PEM pair that belongs together."
            ) from error
    return context


def _must_be_readable(name: str, path: Path | None) -> None:
    if path is None:
        return
    try:
        path.open("rb").close()
    except OSError as error:
        raise UserError(f"{name} {path} cannot be read: {_why(error)}.") from error


def _why(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
