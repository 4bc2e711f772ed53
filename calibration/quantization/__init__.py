"""Which pictures stand for all others when the ranges of a quantized model are measured."""
