"""What a bundle's outputs are read with (thresholds, temperatures, weights), chosen on people held out."""
