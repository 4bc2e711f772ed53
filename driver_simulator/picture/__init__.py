"""Pictures of a scripted driver: a portrait animated along its points, in a cabin, in light, through a camera."""
