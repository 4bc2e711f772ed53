"""`vigil bundle sbom`: what a release consists of, as CycloneDX."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError


def sbom(
    bundle: Annotated[
        str | None,
        typer.Argument(
            metavar="[BUNDLE]", help="Name or folder; without it, of the program alone."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="JSON", help="File; printed without it.")
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option("--extra", help="Extra of Vigil that the vehicle has; `updates` without it."),
    ] = None,
) -> None:
    """List the program, the packages it needs and a bundle's files as a CycloneDX bill of material."""
    from edge_app.bundle.open import open_bundle
    from model_compression.publishing.sbom import sbom_of

    opened = None if bundle is None else open_bundle(bundle, require=())
    told = sbom_of(
        bundle=opened, made=datetime.now(timezone.utc), extras=tuple(extra or ["updates"])
    )
    text = json.dumps(told, indent=1) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}).") from error
    typer.echo(f"{out}: {len(told['components'])} components")
