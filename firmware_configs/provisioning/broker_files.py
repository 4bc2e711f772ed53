"""What Mosquitto is told: its configuration and who may read and write which topics, as text.

A client's name is what its certificate says (`use_identity_as_username`), never what it claims. Its client id is the
same name (`use_username_as_clientid`): a client that could take another's id would throw that one out.
"""

from __future__ import annotations

from firmware_configs.provisioning.fleet_settings import FleetSettings

WRITTEN_BY_VEHICLES = (
    *("status", "state", "event", "health", "check"),
    *("still/+", "command/+/result/#", "vss/#"),
)
READ_BY_VEHICLES = ("command/+",)
HOME_ASSISTANT = "homeassistant/device/%u/vigil/config"  # where it looks for devices
READ_BY_READERS = ("#",)
WRITTEN_BY_READERS = ("command/+",)
QUEUED_FOR_READERS = 100_000


def configuration(settings: FleetSettings) -> str:
    """For Debian's /etc/mosquitto/conf.d: says nothing that the packaged mosquitto.conf says already."""
    folder = settings.broker_folder
    return f"""\
# Broker of the fleet {settings.name!r}, written by `vigil provision`. Mosquitto 2.0 or newer.
# The only listener: TLS, and no client without a certificate of this fleet.
listener {settings.port}
tls_version tlsv1.2
cafile {folder}/ca.pem
certfile {folder}/server.pem
keyfile {folder}/server.key
crlfile {folder}/crl.pem
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {folder}/acl
# What a reader that is away finds when it comes back; Mosquitto's own bound of 1000 would drop events.
max_queued_messages {QUEUED_FOR_READERS}
"""


def access_rules(settings: FleetSettings) -> str:
    """Whatever is not named is forbidden. `%u` is the name in the certificate."""
    prefix = settings.topic_prefix
    lines = ["# Readers: everything of every vehicle, and commands to each."]
    for reader in settings.readers:
        lines.append(f"user {reader}")
        lines += [f"topic read {prefix}/+/{end}" for end in READ_BY_READERS]
        lines += [f"topic write {prefix}/+/{end}" for end in WRITTEN_BY_READERS]
    lines.append("# Vehicles: each below its own name.")
    lines += [f"pattern write {prefix}/%u/{end}" for end in WRITTEN_BY_VEHICLES]
    lines += [f"pattern read {prefix}/%u/{end}" for end in READ_BY_VEHICLES]
    lines.append(f"pattern write {HOME_ASSISTANT}")
    return "\n".join(lines) + "\n"
