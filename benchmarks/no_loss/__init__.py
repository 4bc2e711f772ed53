"""What survives kill -9, power cuts, absent brokers, bad links and bad disks: `python -m benchmarks.no_loss`."""
