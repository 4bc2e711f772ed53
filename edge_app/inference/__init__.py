"""One `Session` interface over the inference runtimes, and the model files they load."""
