"""The learned head on blink sequences: how alert the last blinks look beside this driver's own alert ones."""
