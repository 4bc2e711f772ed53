"""A head on sequences of blinks: how alert a driver is, learned from UTA-RLDD's blink features."""
