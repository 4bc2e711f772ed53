"""`vigil install`: a machine becomes a unit that starts at boot, and can be made what it was before."""
