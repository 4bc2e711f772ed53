"""What a bundle is worth: data sets in, figures with their numbers and intervals out, beside a rival's. No torch."""
