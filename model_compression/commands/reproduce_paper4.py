"""`vigil reproduce paper4`: mobile students, and heads on them."""

from __future__ import annotations

from typing import Annotated

import typer

from edge_app.commands.options import Overrides
from model_compression.commands.reproduce_tables import (
    Asked,
    DryRun,
    Instead,
    OutFolder,
    Seeds,
    Steps,
    reproduce_tables,
)
from model_compression.commands.train import Device


def paper4(
    tables: Annotated[
        list[int] | None,
        typer.Option("--table", metavar="N", help="Which table, 1 to 8; may be repeated."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="ROLE=FOLDER",
            help="Table 1: prepared pictures of AffectNet, and of VGGFace2 (kind faces-by-person) where networks are to"
            " learn who is who first. Frame features: Aff-Wild2-VA (tables 2, 3), C-EXPR (5, 6), Hume-Vidmimic2 (7)."
            " May be repeated.",
        ),
    ] = None,
    out: OutFolder = None,
    seeds: Seeds = 1,
    config: Instead = None,
    overrides: Overrides = None,
    steps: Steps = None,
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.auto,
    dry_run: DryRun = False,
) -> None:
    """Mobile students: its tables as printed, and what its networks and heads come to here.

    Without --out nothing is trained and the paper's numbers stand alone. --set is over every training but that of who
    is who: where tables differ in their keys, name them one by one.

    Features are made with `vigil data features --visual NAME=RUN`, NAME being efficientnet-b0, efficientnet-b2, ddamfn,
    efficientnet-b0-expr, mobilefacenet-identity, and of students of several tasks mt-efficientnet-b0,
    mt-efficientnet-b0-expr, mt-mobilefacenet, mt-mobilevit, mt-ddamfn; and with --audio of wav2vec 2.0. Rows whose
    streams, such as mt-mobilefacenet.scores, are not there say so.
    """
    from model_compression.reproduce.paper4.plan import CONFIGS, ROLES, cells_of

    asked = Asked(
        tables=tables or (),
        data=data or (),
        out=out,
        seeds=seeds,
        instead=config or (),
        overrides=overrides or (),
        steps=steps,
        device=device.value,
        dry_run=dry_run,
    )
    reproduce_tables(4, asked, ROLES, CONFIGS, cells_of)
