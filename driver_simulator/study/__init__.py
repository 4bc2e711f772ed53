"""Studies of scripted drivers, in the form in which `vigil validate` reads real ones: consistency, not accuracy."""
