"""A bundle as one tar file with the same bytes every time it is packed."""

from __future__ import annotations

import io
import tarfile

from edge_app.bundle.manifest import MANIFEST_NAME
from edge_app.bundle.open import Bundle


def packed(bundle: Bundle) -> bytes:
    """Only what the manifest names, every file compared with it. Raises `BundleError`."""
    bundle.verify_all()
    paths = dict.fromkeys(
        [MANIFEST_NAME, bundle.manifest.card, *(file.path for file in bundle.files())]
    )
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in paths:
            content = (bundle.folder / path).read_bytes()
            entry = tarfile.TarInfo(f"{bundle.manifest.name}-{bundle.manifest.version}/{path}")
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()
