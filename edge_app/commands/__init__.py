"""The `vigil` console command: one file for each subcommand."""
