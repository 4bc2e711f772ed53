"""`vigil reproduce paper2`: safe cross-attention."""

from __future__ import annotations

from functools import partial
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


def paper2(
    tables: Annotated[
        list[int] | None,
        typer.Option("--table", metavar="N", help="Which table, 1 to 3; may be repeated."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="ROLE=FOLDER",
            help="Aff-Wild2: frame features, of BEiT and of WavLM (tables 2 and 3). Table 1: prepared pictures of"
            " RAF-DB, FERPlus and AffectNet, and Aff-Wild2-faces (kind aff-wild2); pictures=FOLDER stands in for other"
            " pictures. May be repeated.",
        ),
    ] = None,
    out: OutFolder = None,
    seeds: Seeds = 1,
    config: Instead = None,
    overrides: Overrides = None,
    steps: Steps = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            "--weights",
            metavar="BACKBONE=PATH",
            help="Published weights that a row of table 1 begins with: a folder of transformers for vit-b16 (MAE) and"
            " beit-l16; a file of Vigil's for resnet-50 and efficientnet-v2-m, which begin with nothing without it.",
        ),
    ] = None,
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.auto,
    dry_run: DryRun = False,
) -> None:
    """Safe cross-attention: its tables as printed, and what its networks come to here.

    Without --out nothing is trained and the paper's numbers stand alone. --set is over every training: where tables
    differ in their keys, name them one by one.
    """
    from model_compression.reproduce.paper2.plan import CONFIGS, ROLES, cells_of, weights_of

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
    given = weights_of(weights or ())
    reproduce_tables(2, asked, ROLES, CONFIGS, partial(cells_of, weights=given))
