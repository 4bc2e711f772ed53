"""What goes out to the vehicles: signed metadata, bundles, settings, bills of material. Needs no torch."""
