"""Commands from the fleet: judged, remembered, carried out one after the other, answered."""
