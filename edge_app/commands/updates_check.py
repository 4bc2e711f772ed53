"""What `vigil doctor` says of signed updates where they are on: on whose word, and where they are kept."""

from __future__ import annotations

from edge_app.commands.finding import Finding, Verdict
from edge_app.kept_folder import can_keep
from edge_app.updates.opening import require_tuf
from edge_app.updates.settings import UpdateSettings

_NAME = "updates"


def signed_updates(settings: UpdateSettings) -> Finding:
    """Raises `UserError` where the root of trust is none. No server is asked."""
    require_tuf()
    from edge_app.updates.root_of_trust import read_root

    read_root(settings.root_file)
    folder = settings.slots_folder.expanduser().absolute()
    if not can_keep(folder):
        to_do = "change updates.slots_folder, or switch updates.enabled off"
        return Finding(_NAME, Verdict.FAIL, f"{folder}: no update can be kept here", to_do)
    return Finding(
        _NAME, Verdict.OK, f"channel {settings.channel}, on the word of {settings.root_file}"
    )
