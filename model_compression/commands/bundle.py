"""Make bundles of quantized parts, publish them signed, list what is in them.

Each is a subcommand of its own, loaded when it is called for: publishing needs no torch.
"""

from __future__ import annotations

from edge_app.commands.lazy_group import LazyCommand, lazy_app

GROUP = "bundle"
_PUBLISH = "model_compression.commands.bundle_publish"
COMMANDS = [
    LazyCommand("make", "model_compression.commands.bundle_make", "make", GROUP),
    LazyCommand("init", _PUBLISH, "init", GROUP),
    LazyCommand("publish", _PUBLISH, "publish", GROUP),
    LazyCommand("refresh", _PUBLISH, "refresh", GROUP),
    LazyCommand("renew-root", _PUBLISH, "renew_root", GROUP),
    LazyCommand("sbom", "model_compression.commands.bundle_sbom", "sbom", GROUP),
]


def _group() -> None:
    return


bundle = lazy_app(
    COMMANDS,
    group=GROUP,
    no_args_is_help=True,
    add_completion=False,
    help=(__doc__ or "").split("\n", maxsplit=1)[0],
)
bundle.callback()(_group)
