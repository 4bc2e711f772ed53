"""Why there is no connection, as the sentence an installer can act on."""

from __future__ import annotations

import socket
import ssl

from paho.mqtt.reasoncodes import ReasonCode

from edge_app.telemetry import clock
from edge_app.telemetry.settings import TelemetrySettings

BAD_LOGIN = ("Bad user name or password", "Not authorized", "Bad authentication method")
WRONG_VERSION = "Unsupported protocol version"
NOT_YET_VALID = 9  # X509_V_ERR_CERT_NOT_YET_VALID


class BrokerError(Exception):
    """The sentence, and what it says about the MQTT version."""

    def __init__(
        self, sentence: str, *, version_refused: bool = False, closed_before_answer: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.version_refused = version_refused
        self.closed_before_answer = closed_before_answer


def connect_error(settings: TelemetrySettings, error: Exception) -> BrokerError:
    """TCP or TLS did not come about."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == NOT_YET_VALID:
            return BrokerError(
                f"The certificate of the broker at {where} is not yet valid by this unit's clock, which says"
                f" {clock.now().wall:%Y-%m-%d %H:%M}: the clock has to be set first (network time)."
            )
        return BrokerError(
            f"The certificate of the broker at {where} is not trusted ({error.verify_message}):"
            " check telemetry.tls.ca_file and telemetry.host."
        )
    if isinstance(error, ssl.SSLError):
        why = (error.reason or str(error)).lower().replace("_", " ")
        return BrokerError(
            f"The TLS handshake with the broker at {where} fails ({why}): does this port speak TLS, are the"
            " certificates of telemetry.tls right?"
        )
    if isinstance(error, ConnectionRefusedError):
        return BrokerError(
            f"Nothing accepts connections at {where}: is the broker running, is the port right?"
        )
    if isinstance(error, socket.gaierror):
        return BrokerError(
            f"The broker's name {settings.host} is not known: check telemetry.host and the network."
        )
    if isinstance(error, TimeoutError):
        return BrokerError(
            f"The broker at {where} does not answer: check telemetry.host, the network, the firewall."
        )
    if settings.tls is not None and isinstance(error, ConnectionResetError):
        return BrokerError(
            f"The broker at {where} hangs up in the TLS handshake: does this port speak TLS, are the certificates of"
            " telemetry.tls right?"
        )
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return BrokerError(f"The broker at {where} cannot be reached: {why.lower()}.")


def refusal_error(
    settings: TelemetrySettings, answer: ReasonCode | None, is_5: bool
) -> BrokerError:
    """The broker said no to CONNECT, or hung up instead of answering."""
    where = f"{settings.host}:{settings.port}"
    if answer is None or not answer.is_failure:
        hint = (
            "does its port expect TLS (telemetry.tls)?"
            if settings.tls is None
            else "does it ask for a client certificate (telemetry.tls.certificate_file)?"
            if settings.tls.certificate_file is None
            else "is this vehicle's certificate expired, revoked or of another fleet?"
        )
        return BrokerError(
            f"The broker at {where} hangs up without an answer: {hint}", closed_before_answer=True
        )
    name = str(answer)
    if name == WRONG_VERSION:
        version = "5" if is_5 else "3.1.1"
        return BrokerError(
            f"The broker at {where} does not know MQTT {version}.", version_refused=True
        )
    if name in BAD_LOGIN:
        return BrokerError(
            f"The broker at {where} refuses this user ({name.lower()}): check telemetry.username and the password."
        )
    return BrokerError(f"The broker at {where} refuses the connection: {name.lower()}.")


def loss_error(settings: TelemetrySettings, farewell: ReasonCode | None) -> BrokerError:
    """An established connection ended."""
    where = f"{settings.host}:{settings.port}"
    why = str(farewell or "closed").lower()
    return BrokerError(f"The connection to the broker at {where} was lost ({why}).")
