"""Subcommands of `vigil` for those who fit units into vehicles."""
