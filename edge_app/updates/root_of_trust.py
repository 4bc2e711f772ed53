"""The fleet's root of trust as it was brought to the vehicle: read, and looked at before any server is asked."""

from __future__ import annotations

from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from edge_app.updates.failures import UpdateError, Why

_LARGEST_BYTES = 512_000


def read_root(file: Path | None) -> bytes:
    """Raises `UpdateError` where there is none, or what is there has not signed itself."""
    try:
        if file is None:
            raise FileNotFoundError
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_BYTES)
    except OSError as error:
        raise UpdateError(
            Why.NO_ROOT,
            f"{file}: the fleet's root of trust cannot be read ({(error.strerror or 'not given').lower()}); bring it"
            " to the vehicle, it is never downloaded.",
        ) from error
    try:
        root = Metadata[Root].from_bytes(content)
        if not isinstance(root.signed, Root):
            raise RepositoryError(f"it is {root.signed.type}.json")
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    except (RepositoryError, ValueError) as error:
        raise UpdateError(
            Why.NO_ROOT,
            f"{file} is not the fleet's root of trust, or was changed; bring the 1.root.json that `vigil bundle init`"
            " has made to the vehicle, and name it in updates.root_file.",
        ) from error
    return content
