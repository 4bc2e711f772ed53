"""From a trained student to files that the vehicle's runtimes load. Needs the extra `quantize`."""
