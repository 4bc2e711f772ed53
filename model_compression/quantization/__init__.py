"""Students in 8-bit integers: quantized for each runtime, checked for float islands, and gated on their decisions."""
