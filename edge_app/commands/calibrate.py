"""Measure a camera's lens, learn a driver's usual values, fit a model's probabilities.

Each is a subcommand of its own, loaded when it is called for; a package adds one through an entry point of the group
`vigil.commands.calibrate`.
"""

from __future__ import annotations

from edge_app.commands.lazy_group import LazyCommand, lazy_app

GROUP = "calibrate"
COMMANDS = [
    LazyCommand("camera", "edge_app.commands.calibrate_camera", "calibrate_camera", GROUP),
    LazyCommand("driver", "edge_app.commands.calibrate_driver", "calibrate_driver", GROUP),
]


def _group() -> None:
    return


app = lazy_app(
    COMMANDS,
    group=GROUP,
    no_args_is_help=True,
    add_completion=False,
    help=(__doc__ or "").split("\n", maxsplit=1)[0],
)
app.callback()(_group)
