"""Run a paper's experiments again, and see its figures beside ours."""

from __future__ import annotations

import typer

from model_compression.commands.reproduce_paper1 import paper1
from model_compression.commands.reproduce_paper2 import paper2
from model_compression.commands.reproduce_paper3 import paper3
from model_compression.commands.reproduce_paper4 import paper4

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])


@app.callback()
def _group() -> None:
    """One subcommand alone would otherwise be taken for the group."""


app.command()(paper1)
app.command()(paper2)
app.command()(paper3)
app.command()(paper4)
