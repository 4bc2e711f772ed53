"""What Vigil costs, measured: `python -m benchmarks` prints a table and writes JSON with the machine in it."""
