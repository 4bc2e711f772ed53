"""Students learn here: the loop, and in `tasks/` what there is to learn."""
