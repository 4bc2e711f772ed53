"""The subcommands of `vigil` that this package brings."""
