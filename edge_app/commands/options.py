"""The options that most commands share: which configuration, and what goes over it. Written once, so that every
command spells and explains them alike.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration file (YAML).")
]
DriverProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--driver-profile",
        metavar="FILE",
        help="Begin with what `vigil calibrate driver` wrote of the driver who sits there.",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY.PATH=VALUE", help="Set one value over the file; may be repeated."
    ),
]
